"""Finds every pattern of the source, in Python and in the page's scripts, and judges it."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeGuard

from checks.allowed_patterns import ALLOWED_PATTERNS
from checks.patterns import fault_of
from checks.python_files import ROOT, PythonFile

_MODULES: Final = {"re", "regex"}
_ANCHORED: Final = {"match", "fullmatch"}
_SEARCHES: Final = {"search", "findall", "finditer", "sub", "subn", "split"}
_METHODS: Final = _ANCHORED | _SEARCHES
_OF_FIELDS: Final = "pattern"
"""The keyword by which pydantic and msgspec take a pattern; both search."""
_SCRIPTS: Final = ("clients/js/src", "clients/vendure/src", "storefront/src")
_UNICODE_CLASSES: Final = (r"\p{L}", r"\p{N}")
_UNREADABLE: Final = "a pattern that is not written out, so that nobody can judge it"


class PatternFinding(NamedTuple):
    file: str
    line: int
    fault: str
    pattern: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.fault}: {self.pattern}"


class _Use(NamedTuple):
    line: int
    pattern: str | bytes | None
    searched: bool
    flags: int = 0


def refused_patterns(files: Iterable[PythonFile]) -> Iterator[PatternFinding]:
    """Yield the patterns that may be slow, tests aside: their texts are our own."""
    source = [file for file in files if not file.is_test]
    searched = {file.name: set(_searched_names(file.tree)) for file in source}
    anywhere = {name for names in searched.values() for name in names if name[0] != "_"}
    for file in source:
        for use in _uses(file.tree, anywhere | searched[file.name]):
            yield from _judge(file.name, use)


def refused_script_patterns(name: str, text: str) -> Iterator[PatternFinding]:
    """Yield the slow patterns of a script: `/.../` after what only a value can follow."""
    for number, line in enumerate(text.splitlines(), 1):
        code = line.strip()
        if code.startswith(("//", "*", "/*")):
            continue
        if "RegExp(" in code:
            yield from _judge(name, _Use(number, None, searched=True))
        for literal in map(_in_python, _script_literals(code)):
            yield from _judge(name, _Use(number, literal, searched=True))


def refused_page_patterns() -> Iterator[PatternFinding]:
    for folder in _SCRIPTS:
        for path in sorted((ROOT / folder).rglob("*.ts*")):
            name = str(path.relative_to(ROOT))
            yield from refused_script_patterns(name, path.read_text("utf-8"))


def _judge(file: str, use: _Use) -> Iterator[PatternFinding]:
    if use.pattern is None:
        yield PatternFinding(file, use.line, _UNREADABLE, "?")
        return
    text = use.pattern if isinstance(use.pattern, str) else use.pattern.decode("latin-1")
    fault = fault_of(use.pattern, searched=use.searched, flags=use.flags)
    if fault is not None and text not in ALLOWED_PATTERNS:
        yield PatternFinding(file, use.line, fault, text)


def _searched_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names of patterns that are searched with, or handed on to who knows what."""
    asked = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name) as owner, attr=method):
                if method in _ANCHORED:
                    asked.add(id(owner))
                elif method in _SEARCHES:
                    yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in asked:
            yield node.id


def _uses(tree: ast.Module, searched: set[str]) -> Iterator[_Use]:
    named = dict(pair for node in ast.walk(tree) for pair in _named_values(node))
    for node in ast.walk(tree):
        if _imports_functions(node):
            yield _Use(node.lineno, None, searched=True)
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(value=ast.Name(id=module), attr=method) if module in _MODULES:
                if method == "compile":
                    name = named.get(id(node))
                    yield _use_of(node, searched=name is None or name in searched)
                elif method in _METHODS:
                    yield _use_of(node, searched=method in _SEARCHES)
        yield from (
            _Use(node.lineno, _literal(keyword.value), searched=True)
            for keyword in node.keywords
            if keyword.arg == _OF_FIELDS
        )


def _imports_functions(node: ast.AST) -> TypeGuard[ast.ImportFrom]:
    """Return whether functions are taken out of `re`, where this check would not see them."""
    return (
        isinstance(node, ast.ImportFrom)
        and node.module in _MODULES
        and bool({alias.name for alias in node.names} & {"compile", *_METHODS})
    )


def _named_values(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the identity of a value, and the name that it is given."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield id(value), name
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield id(value), name


def _use_of(call: ast.Call, *, searched: bool) -> _Use:
    written = call.args[0] if call.args else None
    case = any(
        isinstance(node, ast.Attribute) and node.attr in {"IGNORECASE", "I"}
        for argument in [*call.args[1:], *(keyword.value for keyword in call.keywords)]
        for node in ast.walk(argument)
    )
    pattern = _literal(written) if written is not None else None
    return _Use(call.lineno, pattern, searched, re.IGNORECASE if case else 0)


def _literal(node: ast.expr) -> str | bytes | None:
    match node:
        case ast.Constant(value=str() | bytes() as text):
            return text
        case _:
            return None


def _in_python(pattern: str) -> str:
    """Return a script's pattern with the classes that Python has not written as ones it has."""
    for name in _UNICODE_CLASSES:
        pattern = pattern.replace(name, r"\w")
    return pattern


def _script_literals(code: str) -> Iterator[str]:
    before = ""
    place = 0
    while place < len(code):
        if code.startswith("//", place):
            return
        if code[place] in "\"'`":
            place = _end_of(code, place, code[place]) + 1
            before = '"'
            continue
        # What ends an element of JSX, and a comment, begin with it too.
        is_pattern = code[place + 1 : place + 2] not in {">", "*"}
        if code[place] == "/" and is_pattern and (before in "(,=:[!&|?{};" or not before):
            end = _end_of(code, place, "/")
            yield code[place + 1 : end]
            place = end
        if not code[place : place + 1].isspace():
            before = code[place : place + 1]
        place += 1


def _end_of(code: str, place: int, mark: str) -> int:
    in_class = False
    place += 1
    while place < len(code):
        match code[place]:
            case "\\":
                place += 1
            case "[":
                in_class = mark == "/"
            case "]":
                in_class = False
            case found if found == mark and not in_class:
                return place
        place += 1
    return place
