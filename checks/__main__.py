"""Refuses names that say nothing. Run as `python -m checks [FOLDER...]`."""

import sys
from collections.abc import Sequence

from checks.names import refused_names
from checks.python_files import python_files


def main(folders: Sequence[str]) -> int:
    found = [
        finding
        for file in python_files()
        if not folders or file.name.startswith(tuple(folders))
        for finding in refused_names(file)
    ]
    for finding in found:
        sys.stderr.write(f"{finding}\n")
    if found:
        sys.stderr.write(
            "Name a variable for what it holds, a function by a verb or a noun; a participle that "
            "is right goes into checks/allowed_names.py with its reason.\n"
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
