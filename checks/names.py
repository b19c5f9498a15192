"""Names that say nothing: a loop variable `one`, and functions named by a bare participle."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from checks.allowed_names import ALLOWED_PARTICIPLES
from checks.python_files import PythonFile

REFUSED_VARIABLE = "one"
_IRREGULAR = frozenset(
    {
        "begun", "bought", "built", "chosen", "cut", "done", "drawn", "driven", "given", "gone",
        "had", "held", "hidden", "kept", "known", "left", "lost", "made", "met", "said", "seen",
        "sent", "shown", "sold", "spoken", "taken", "thrown", "told", "torn", "understood", "won",
        "worn", "written", "found",
    }
)  # fmt: skip
_NO_PARTICIPLES = frozenset({"cut", "embed", "feed", "need", "seed", "speed"})
"""They end as participles do, and are nouns or verbs."""
_PREDICATES = {"decode", "has", "is", "on", "open", "read", "was", "with", "without", "when"}
"""A name that begins so is a question, a moment, a change or a verb: `was_drawn`, `open_kept`."""


class Finding(NamedTuple):
    file: str
    line: int
    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} `{self.name}`"


def loop_variables(file: PythonFile) -> Iterator[ast.Name]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            yield from (part for part in ast.walk(node.target) if isinstance(part, ast.Name))


def is_participle(name: str) -> bool:
    """Return whether a function's name ends in a participle that no verb or question governs."""
    words = name.strip("_").split("_")
    if words[0] in _PREDICATES or words[-1] in _NO_PARTICIPLES:
        return False
    return words[-1].endswith("ed") or words[-1] in _IRREGULAR


def participles(file: PythonFile) -> Iterator[Finding]:
    """Yield the functions named by a participle, those of the allow-list included."""
    for function in file.functions():
        if is_participle(function.name):
            yield Finding(file.name, function.lineno, function.name, "participle")


def refused_names(file: PythonFile) -> Iterator[Finding]:
    """Yield what no file may have: loop variables and parameters `one`, bare participles."""
    for variable in loop_variables(file):
        if variable.id == REFUSED_VARIABLE:
            yield Finding(file.name, variable.lineno, variable.id, "loop variable")
    for node in ast.walk(file.tree):
        if isinstance(node, ast.arg) and node.arg == REFUSED_VARIABLE:
            yield Finding(file.name, node.lineno, node.arg, "parameter")
    for finding in participles(file):
        if finding.name not in ALLOWED_PARTICIPLES:
            yield finding
