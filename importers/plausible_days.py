"""Rows of days on which nothing can have happened: of a wrong clock, or of a date left empty."""

from dataclasses import dataclass
from datetime import date, datetime

from importers.rejection import RowRejectedError

FIRST_DAY = date(1990, 1, 1)
"""Nobody sold online before; earlier days are the zero of a spreadsheet or of Unix."""


@dataclass(frozen=True, slots=True)
class PlausibleDays:
    """The days, by UTC, from which on and up to which an event can have happened."""

    today: date

    def __contains__(self, moment: datetime) -> bool:
        return FIRST_DAY <= moment.date() <= self.today

    def check(self, moment: datetime | None) -> None:
        """Raise `RowRejectedError` for another day; a row without a moment is not judged here."""
        if moment is None or moment in self:
            return
        if moment.date() > self.today:
            raise RowRejectedError("after today", f"{moment.date()} is after today, {self.today}")
        raise RowRejectedError("long ago", f"{moment.date()} is before {FIRST_DAY}")
