import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


class PythonFile(NamedTuple):
    name: str
    """Path from the root of the repository."""
    tree: ast.Module
    lines: int

    @property
    def is_test(self) -> bool:
        return self.name.startswith("tests/")

    def functions(self) -> Iterator[Function]:
        """Yield its functions, without those that Python names and test cases (sentences)."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function) and not node.name.startswith(("__", "test_")):
                yield node

    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))


@cache
def python_files() -> tuple[PythonFile, ...]:
    """Return every Python file that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    texts = {name: (ROOT / name).read_text() for name in listed if (ROOT / name).exists()}
    return tuple(
        PythonFile(name, ast.parse(text), len(text.splitlines())) for name, text in texts.items()
    )
