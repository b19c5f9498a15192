import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from personalization.domain.errors import PersonalizationError

FAILED = 2


@contextmanager
def plain_errors() -> Iterator[None]:
    """End the program where it fails on purpose, with a sentence and not a traceback."""
    try:
        yield
    except (PersonalizationError, PermissionError) as error:
        sys.stderr.write(f"fitting-room: {error}\n")
        sys.exit(FAILED)
    except ValidationError as error:
        for fault in error.errors(include_input=False):
            place = ".".join(map(str, fault["loc"]))
            sys.stderr.write(f"fitting-room: {error.title}, {place}: {fault['msg']}\n")
        sys.stderr.write("fitting-room: docs/settings.md has the variables and their bounds.\n")
        sys.exit(FAILED)
