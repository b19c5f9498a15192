"""What the gates are told of a night's input."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from personalization.priors.gates.day_profile import DayProfile

_DAY = timedelta(days=1)
LIVE_DAYS = 7
"""A shop whose newest event is older than that does not send them as they happen: its history was
imported, and nothing is missing of yesterday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerNight:
    """The active generation, as far as a new one is compared with it."""

    run_date: date
    made_on: date
    days: Mapping[date, DayProfile] | None
    """What its period was like; None where that is not known any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightFacts:
    """The days of a night's period that have events, and when the night is."""

    days: Mapping[date, DayProfile]
    first_day: date
    run_date: date
    until: date
    """The newest day that the night may count."""
    today: date
    asked: bool = False
    """Whether a person named the run date."""
    events_after_today: int = 0
    former: FormerNight | None = None
    """None on a first night."""

    @property
    def newest(self) -> date | None:
        return max(self.days, default=None)

    def new_days(self) -> list[DayProfile]:
        """Return the days that the active generation does not have, or has otherwise.

        All of them where nothing is new, or where it is not known what it had.
        """
        former = self.former.days if self.former is not None else None
        every = [profile for _, profile in sorted(self.days.items())]
        if former is None:
            return every
        return [profile for profile in every if former.get(profile.day) != profile] or every

    def whole_day(self) -> date | None:
        """Return the newest day that is over and may be compared with its weekday.

        Of a history that was imported, that is its newest day.
        """
        if self.asked:
            return self.run_date if self.run_date < self.today else None
        over = min(self.until, self.today - _DAY)
        newest = self.newest
        if newest is None:
            return None
        return over if newest > over - timedelta(days=LIVE_DAYS) else newest

    def was_promoted(self, day: date) -> bool:
        """Say whether the active generation has the day, with no fewer events than there are."""
        if self.former is None or day > self.former.run_date:
            return False
        if self.former.days is None:
            return True
        kept, now = self.former.days.get(day), self.days.get(day)
        return (kept.events if kept else 0) <= (now.events if now else 0)
