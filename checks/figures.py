"""Figures of the code's structure. Run as `python -m checks.figures`."""

import ast
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from checks.names import REFUSED_VARIABLE, loop_variables, participles
from checks.python_files import PythonFile, python_files


@dataclass(frozen=True, slots=True)
class CodeFigures:
    folders: dict[str, int]
    """Python files by folder, those of its subfolders not among them."""
    source_lines: int
    test_lines: int
    loop_variables: int
    refused_variables: int
    functions: int
    participles: int
    """Functions named by a bare participle, the allowed ones included."""
    classes: dict[str, int]
    """Definitions by class name."""
    benchmarks_of_cli: tuple[str, ...]
    """Benchmarks that import the command line."""

    @classmethod
    def of(cls, files: Iterable[PythonFile]) -> "CodeFigures":
        everything = list(files)
        source = [file for file in everything if not file.is_test]
        variables = [variable.id for file in source for variable in loop_variables(file)]
        return cls(
            folders=dict(Counter(str(PurePath(file.name).parent) for file in everything)),
            source_lines=sum(file.lines for file in source),
            test_lines=sum(file.lines for file in everything if file.is_test),
            loop_variables=len(variables),
            refused_variables=variables.count(REFUSED_VARIABLE),
            functions=sum(1 for file in source for _ in file.functions()),
            participles=sum(1 for file in source for _ in participles(file)),
            classes=dict(Counter(node.name for file in source for node in file.classes())),
            benchmarks_of_cli=tuple(file.name for file in source if _is_benchmark_of_cli(file)),
        )

    @property
    def participle_share(self) -> float:
        return self.participles / self.functions

    @property
    def ambiguous_classes(self) -> list[str]:
        return sorted(name for name, count in self.classes.items() if count > 1)

    def lines(self) -> dict[str, str]:
        largest = max(self.folders, key=self.folders.__getitem__)
        twice = self.ambiguous_classes
        return {
            "largest flat folder": f"{self.folders[largest]} files ({largest})",
            "source without tests": f"{self.source_lines:,} lines",
            "tests": f"{self.test_lines:,} lines",
            "loop variable `one`": f"{self.refused_variables} of {self.loop_variables:,}",
            "participles as function names": (
                f"{self.participles} of {self.functions:,} ({self.participle_share:.1%})"
            ),
            "class names used twice": f"{len(twice)} {' '.join(twice)}".strip(),
            "benchmarks that import cli": str(len(self.benchmarks_of_cli)),
        }


def _is_benchmark_of_cli(file: PythonFile) -> bool:
    return file.name.startswith("benchmarks/") and any(
        module.split(".")[0] == "cli"
        for node in ast.walk(file.tree)
        for module in _imports_of(node)
    )


def _imports_of(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom(module=str(module)):
            return [module]
        case _:
            return []


def main() -> None:
    for name, figure in CodeFigures.of(python_files()).lines().items():
        sys.stdout.write(f"{name:32} {figure}\n")


if __name__ == "__main__":
    main()
