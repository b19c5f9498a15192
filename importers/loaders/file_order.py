"""The order of a file's rows, where it stands for time or decides between equal times."""

from collections import OrderedDict
from datetime import UTC, datetime, time, timedelta
from typing import Final

from personalization.codec.moments import from_microseconds, to_microseconds

START: Final = datetime(2000, 1, 1, tzinfo=UTC)
PACE: Final = timedelta(seconds=10)
"""From row to row: a day holds 8,640, and eighty million rows fit between the start and today."""
_TICK_US: Final = 1_000
"""Stores keep moments to the millisecond."""
_REMEMBERED: Final = 200_000
"""Equal times of a session stand close together, or the session is short."""


def moment_of_row(number: int, start: datetime = START) -> datetime:
    """Return the made-up moment of a row, counted from 0."""
    return start + number * PACE


class FileOrder:
    """Moments for rows that have none; what follows another file starts on the next day."""

    def __init__(self) -> None:
        self._start: datetime | None = None
        self._rows = 0

    def next(self, before: datetime | None) -> datetime:
        """Return the next row's moment; `before` is the last of what was imported already."""
        if self._start is None:
            self._start = START if before is None else _day_after(before)
        self._rows += 1
        return moment_of_row(self._rows - 1, self._start)


class EqualTimes:
    """Keeps rows of a session at the same moment in the order of the file, a tick apart."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, int], int] = OrderedDict()

    def part(self, session: str, moment: datetime) -> datetime:
        return from_microseconds(self.part_us(session, to_microseconds(moment)))

    def part_us(self, session: str, moment_us: int) -> int:
        key = session, moment_us
        count = self._counts.pop(key, 0)
        self._counts[key] = count + 1
        if len(self._counts) > _REMEMBERED:
            self._counts.popitem(last=False)
        return moment_us + count * _TICK_US


def _day_after(moment: datetime) -> datetime:
    return datetime.combine(moment.date() + timedelta(days=1), time.min, UTC)
