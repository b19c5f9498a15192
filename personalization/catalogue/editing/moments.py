"""Dates and moments as calls write them, where they can be read in one way only."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from personalization.catalogue.editing.verdicts import FieldFaultError, quote
from personalization.readings.written_dates import LONGEST, written_date

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_ANY_YEAR: Final = 2_100
"""Only years of two digits depend on it, and those are refused as ambiguous."""
_WRITTEN_SO: Final = "Write it as 2026-05-31 or 2026-05-31T08:00:00+02:00"


def read_moment(value: object) -> datetime:
    """Return a moment in UTC, to the millisecond; without a zone it is one of UTC."""
    moment = _moment(value)
    if not _FIRST <= moment < _LAST:
        raise FieldFaultError("not_a_date", f"{_WRITTEN_SO}, not {quote(value)}.")
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)


def read_day(value: object) -> date:
    """Return the day that is written, whatever zone stands beside it."""
    if isinstance(value, str) and len(value) >= len("2026-05-31"):
        try:
            day = date.fromisoformat(value.strip()[:10])
        except ValueError:
            return read_moment(value).date()
        read_moment(value)
        return day
    return read_moment(value).date()


def _moment(value: object) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return _EPOCH + timedelta(milliseconds=value)
        except (OverflowError, ValueError):
            pass
    elif isinstance(value, str) and len(value) <= LONGEST:
        text = value.strip()
        try:
            moment = datetime.fromisoformat(text)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            pass
        written = written_date(text, _ANY_YEAR)
        if written is not None and written.certain is not None:
            return written.certain
        if written is not None:
            raise FieldFaultError(
                "ambiguous_date", f"{quote(value)} may be several days. {_WRITTEN_SO}."
            )
    raise FieldFaultError("not_a_date", f"{_WRITTEN_SO}, not {quote(value)}.")
