"""Dates as people write them, each with all that it may mean."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from personalization.readings.amounts import with_ascii_digits
from personalization.readings.day_times import day_time
from personalization.readings.months import month_of

LONGEST: Final = 80
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/. ]) ?(\d{1,2})([-/. ]) ?(\d{1,2})(?!\d)\.?(.{0,60})")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(T.{0,60}|\d{4}|\d{6})?")
_NUMBERS: Final = re.compile(r"(\d{1,2})([-/. ]) ?(\d{1,2})([-/. ]) ?(\d{4}|\d{2})(?!\d)(.{0,60})")
_WORDS: Final = re.compile(r"\d+|[^\W\d_]+")
_TIME: Final = re.compile(r"\d{1,2}[:.h]\d{2}")
_CENTURY: Final = 100
_MOST_OTHER_WORDS: Final = 2
"""A weekday and the `rd` of `3rd`, or the two `de` of `3 de diciembre de 2024`."""
_PIVOT: Final = 69
"""Two digits from here on are of the last century, as POSIX has it."""
_SHORT = 2
"""Digits of a year without its century."""
RECENT_YEARS: Final = 10
DMY, MDY, YMD = "dmy", "mdy", "ymd"


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """The moments that a text may mean."""

    certain: datetime | None
    """The moment, where the text itself tells; else it depends on the order."""
    orders: dict[str, datetime]
    form: str


@lru_cache(8192)
def written_date(text: str, this_year: int) -> WrittenDate | None:
    """Return what a text may mean as a date; None where it is none.

    A year of two digits is not after `this_year`, and stands first only where that gives one of
    the last `RECENT_YEARS`: in 13/12/24 nobody means 2013.
    """
    plain = with_ascii_digits(text).strip().replace("年", "-").replace("月", "-").replace("日", "")
    try:
        return (
            _year_first(plain) or _numbers(plain, this_year) or _with_month_name(plain, this_year)
        )
    except (ValueError, OverflowError):
        return None


def _year_first(text: str) -> WrittenDate | None:
    found = _YEAR_FIRST.fullmatch(text)
    if found is not None:
        year, mark, month, other_mark, day, rest = found.groups()
        if mark != other_mark:
            return None
    else:
        compact = _COMPACT.fullmatch(text)
        if compact is None or not text.startswith(("19", "20")):
            return None
        year, month, day, rest = compact.groups()
        if rest and rest.isdigit():
            rest = ":".join((rest[:2], rest[2:4], rest[4:] or "00"))
    return _certain(int(year), int(month), int(day), rest or "", "year-month-day")


def _numbers(text: str, this_year: int) -> WrittenDate | None:
    found = _NUMBERS.fullmatch(text)
    if found is None:
        return None
    first, mark, second, other_mark, third, rest = found.groups()
    if mark != other_mark:
        return None
    left, middle, right = int(first), int(second), int(third)
    year, year_first = right, 0
    if len(third) == _SHORT:
        year, year_first = _full(right), _full(left)
    orders: dict[str, datetime | None] = {}
    if year <= this_year or len(third) > _SHORT:
        orders = {DMY: _moment(year, middle, left, rest), MDY: _moment(year, left, middle, rest)}
    if this_year - RECENT_YEARS <= year_first <= this_year:
        orders[YMD] = _moment(year_first, middle, right, rest)
    possible = {order: moment for order, moment in orders.items() if moment is not None}
    return WrittenDate(None, possible, "") if possible else None


def _with_month_name(text: str, this_year: int) -> WrittenDate | None:
    """Read `3 Dec 2024`, `Dec 3rd, 2024 9:10 pm`, `Tue, 03 Dec 2024 09:10:00 +0100`."""
    clock = _TIME.search(text)
    day_part, rest = (text, "") if clock is None else (text[: clock.start()], text[clock.start() :])
    words = _WORDS.findall(day_part)
    months = [month for word in words if (month := month_of(word)) is not None]
    numbers = [word for word in words if word.isdigit()]
    others = len(words) - len(months) - len(numbers)
    if len(months) != 1 or len(numbers) != len(("day", "year")) or others > _MOST_OTHER_WORDS:
        return None
    day, year = sorted(numbers, key=len) if len(numbers[0]) > _SHORT else numbers
    full = _full(int(year)) if len(year) <= _SHORT else int(year)
    if len(year) <= _SHORT and words[0] == day:
        # Whether 24-Dec-03 is of 2024 or of 2003 is for the other dates to tell.
        dates = _numbers(f"{day}-{months[0]}-{year} {rest}", this_year)
        orders = {} if dates is None else {**dates.orders}
        orders.pop(MDY, None)
        if DMY in orders:
            orders[MDY] = orders[DMY]
        return WrittenDate(None, orders, "") if orders else None
    return _certain(full, months[0], int(day), rest, "named months")


def _certain(year: int, month: int, day: int, rest: str, form: str) -> WrittenDate | None:
    moment = _moment(year, month, day, rest)
    return None if moment is None else WrittenDate(moment, {}, form)


def _moment(year: int, month: int, day: int, rest: str) -> datetime | None:
    try:
        moment = datetime.combine(datetime(year, month, day).date(), day_time(rest))  # noqa: DTZ001 - the zone follows
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _full(year: int) -> int:
    return year + (1900 if year >= _PIVOT else 2000) if year < _CENTURY else year
