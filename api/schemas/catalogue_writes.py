import msgspec

from personalization.catalogue.editing.verdicts import LineOutcome, LineVerdict


class WriteAnswer(msgspec.Struct):
    """The answer to a write in JSON."""

    verdicts: list[LineVerdict]
    """In the order of the products sent."""
    counts: dict[LineOutcome, int]
    """How many there are of each."""
