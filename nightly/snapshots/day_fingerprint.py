"""What the events of a day are, in one short text that does not depend on their order.

The same as `spark_jobs.transforms.day_fingerprint`, which says how it is made, for a history
that is exported without Spark.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from personalization.codec.moments import to_microseconds
from personalization.priors import warehouse as names


class DayFingerprint:
    """Takes the rows of a day's export and sums their hashes."""

    def __init__(self) -> None:
        self._events = self._first = self._second = 0

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Take more rows of the day, with the columns of the export in their order.

        The last one, the consent, has no part in an event's line where it is not known.
        """
        width = names.FINGERPRINT_DIGITS
        for row in rows:
            known = row if row[-1] is not None else row[:-1]
            line = names.FIELD_SEPARATOR.join(map(_text, known))
            digest = hashlib.sha256(line.encode()).hexdigest()
            self._events += 1
            self._first += int(digest[:width], 16)
            self._second += int(digest[width : 2 * width], 16)

    def text(self) -> str:
        """Return the number of events and the two sums."""
        return f"{self._events}-{self._first}-{self._second}"


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return names.ABSENT
    if isinstance(value, tuple):
        return names.ID_SEPARATOR.join(value)
    if isinstance(value, datetime):
        return str(to_microseconds(value))
    if isinstance(value, float):
        return str(round(value * names.STAR_UNIT))
    return str(value)
