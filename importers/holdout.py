"""Where training ends and the sessions kept for replay begin."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from importers.options import Holdout


class Survey:
    """What a first look at the file tells: the days with events, the first and last moment."""

    def __init__(self) -> None:
        self.days: set[date] = set()
        self.first: datetime | None = None
        self.last: datetime | None = None

    def see(self, moment: datetime) -> None:
        self.days.add(moment.date())
        if self.first is None or moment < self.first:
            self.first = moment
        if self.last is None or moment > self.last:
            self.last = moment


def boundary(survey: Survey, holdout: Holdout) -> datetime | None:
    """Return the moment from which sessions are held out, or None to hold out none.

    Nothing is held out where nothing would be left to learn from. A file of a single day is
    cut by the time of day, since there is no earlier day to learn from.
    """
    if survey.first is None or survey.last is None:
        return None
    cut = _cut(sorted(survey.days), survey.first, survey.last, holdout)
    return cut if cut is not None and cut > survey.first else None


def _cut(
    days: Sequence[date], first: datetime, last: datetime, holdout: Holdout
) -> datetime | None:
    if holdout.days is not None:
        if holdout.days < 1:
            return None
        return _midnight(last.date() - timedelta(days=holdout.days - 1))
    if holdout.fraction <= 0:
        return None
    if len(days) == 1:
        return last - (last - first) * holdout.fraction
    return _midnight(days[-max(1, round(len(days) * holdout.fraction))])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
