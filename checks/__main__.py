"""Refuses names that say nothing, patterns that may be slow, and logs that name people.

Run as `python -m checks`.
"""

import sys
from collections.abc import Sequence

from checks.logged_ids import refused_log_fields
from checks.names import refused_names
from checks.pattern_uses import refused_page_patterns, refused_patterns
from checks.python_files import python_files

_ABOUT_NAMES = (
    "Name a variable for what it holds, a function by a verb or a noun; a participle that is right "
    "goes into checks/allowed_names.py with its reason.\n"
)
_ABOUT_PATTERNS = (
    "A pattern must be done in one pass over its text: test with `in`, split, or bound and "
    "separate its repeats; one that is right goes into checks/allowed_patterns.py with its "
    "reason.\n"
)


_ABOUT_LOGS = "A log names no visit and no person: count them, or leave them out.\n"


def main(folders: Sequence[str]) -> int:
    names = [
        finding
        for file in python_files()
        if not folders or file.name.startswith(tuple(folders))
        for finding in refused_names(file)
    ]
    patterns = [*refused_patterns(python_files()), *refused_page_patterns()]
    logged = [finding for file in python_files() for finding in refused_log_fields(file)]
    for finding in (*names, *patterns, *logged):
        sys.stderr.write(f"{finding}\n")
    sys.stderr.write(_ABOUT_NAMES if names else "")
    sys.stderr.write(_ABOUT_PATTERNS if patterns else "")
    sys.stderr.write(_ABOUT_LOGS if logged else "")
    return 1 if names or patterns or logged else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
