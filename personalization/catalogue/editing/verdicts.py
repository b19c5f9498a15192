"""What became of each line of a write."""

from enum import StrEnum
from typing import Final

import msgspec

MOST_FAULTS: Final = 10
"""Errors, and warnings, of one line; the others are left out."""
LONGEST_QUOTE: Final = 60


class LineOutcome(StrEnum):
    """The values are the words in answers."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    """All of it was there already."""
    RETIRED = "retired"
    REJECTED = "rejected"
    """Nothing of the line was written."""
    FAILED = "failed"
    """A store did not answer: neither this line nor any after it was written; send them again."""


class FieldFault(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong with a field, or worth knowing of it."""

    code: str
    """Stays the same in all versions."""
    detail: str
    """A sentence that says what to do."""
    field: str | None = None
    """None where it is about the whole line."""


class LineVerdict(msgspec.Struct, omit_defaults=True):
    """What became of one line."""

    line: int
    """1 for the first; empty lines count and get no verdict."""
    verdict: LineOutcome
    id: str | None = None
    """Of the product or category, where it could be read."""
    errors: list[FieldFault] = []
    """Why it was rejected."""
    warnings: list[FieldFault] = []
    """What was passed over or understood otherwise."""


class FieldFaultError(ValueError):
    """A value cannot be what its field says; nothing of its line is written."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def quote(value: object) -> str:
    """Return a value as it may stand in a sentence, never long."""
    text = value if isinstance(value, str) else str(value)
    printable = "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST_QUOTE])
    return f"“{printable}…”" if len(text) > LONGEST_QUOTE else f"“{printable}”"
