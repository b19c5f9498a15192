"""Figures of the code's structure. Run as `python -m checks.figures`."""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath

from checks.names import REFUSED_VARIABLE, loop_variables, participles
from checks.python_files import PythonFile, python_files


def figures(files: Iterable[PythonFile]) -> dict[str, str]:
    """Return each figure by what it counts; tests are left out but for folders."""
    everything = list(files)
    source = [file for file in everything if not file.is_test]
    folders = Counter(str(PurePath(file.name).parent) for file in everything)
    largest, size = folders.most_common(1)[0]
    variables = [variable.id for file in source for variable in loop_variables(file)]
    functions = sum(1 for file in source for _ in file.functions())
    bare = sum(1 for file in source for _ in participles(file))
    classes = Counter(node.name for file in source for node in file.classes())
    twice = sorted(name for name, count in classes.items() if count > 1)
    return {
        "largest flat folder": f"{size} files ({largest})",
        "source without tests": f"{sum(file.lines for file in source):,} lines",
        "tests": f"{sum(file.lines for file in everything if file.is_test):,} lines",
        "loop variable `one`": f"{variables.count(REFUSED_VARIABLE)} of {len(variables):,}",
        "participles as function names": f"{bare} of {functions:,} ({bare / functions:.1%})",
        "class names used twice": f"{len(twice)} {' '.join(twice)}".strip(),
        "benchmarks that import cli": str(sum(map(_imports_cli, source))),
    }


def _imports_cli(file: PythonFile) -> bool:
    import ast

    if not file.name.startswith("benchmarks/"):
        return False
    return any(
        isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cli"
        for node in ast.walk(file.tree)
    )


def main() -> None:
    """Print them."""
    for name, figure in figures(python_files()).items():
        sys.stdout.write(f"{name:32} {figure}\n")


if __name__ == "__main__":
    main()
