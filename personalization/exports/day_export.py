"""Writes days of the kept past into the tables of a warehouse."""

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from personalization.domain.consent import ConsentPurpose
from personalization.domain.errors import StoreUnavailableError
from personalization.exports.day_file import DayFile, FileOutcome, day_folder
from personalization.exports.tables import DECISIONS, EVENTS, PROFILES, SLATES, TABLES, slate_rows
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.sessions.refusals import Refusals

LATE_DAYS = 3
"""Whole days that are written again by default: events may come late, and by slow clocks."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TableDay:
    table: str
    day: date
    rows: int
    outcome: FileOutcome


@dataclass(frozen=True, slots=True)
class DayExport:
    history: EventHistory
    decisions: DecisionHistory
    folder: Path
    purpose: ConsentPurpose = ConsentPurpose.MEASURE
    """What the rows are for: those whose shopper has not agreed to it are left out."""

    def days(self, since: date | None, until: date | None, today: date) -> list[date]:
        """Return the days to write, ascending: only whole ones, before today.

        Without a beginning these are the days with events that are not there yet, and the last few.
        """
        last = min(until or today, today - _DAY)
        if since is not None:
            return [since + number * _DAY for number in range((last - since).days + 1)]
        lacking = {
            day
            for day in self.history.days()
            if not day_folder(self.folder, EVENTS.name, day).exists()
        }
        lately = {today - number * _DAY for number in range(1, LATE_DAYS + 1)}
        return sorted(day for day in lacking | lately if day <= last)

    def write(self, days: Sequence[date]) -> Iterator[TableDay]:
        """Write days, yielding each table's as it is finished.

        Raises `StoreUnavailableError` where another process is writing into the folder.
        """
        with _alone_in(self.folder):
            # What was refused later is not handed out any more either.
            first = min(days, default=date.max)
            since = [day for day in self.history.days() if day >= first]
            refusals = Refusals.read(self.history, since, self.purpose)
            for day in days:
                yield from self._write_day(day, refusals)

    def _write_day(self, day: date, refusals: Refusals) -> Iterator[TableDay]:
        with ExitStack() as stack:
            files: Mapping[str, DayFile[Any]] = {
                name: stack.enter_context(closing(DayFile(self.folder, table, day)))
                for name, table in TABLES.items()
            }
            for events in self.history.read_day(day):
                files[EVENTS.name].add(refusals.usable(events))
            for made in self.decisions.read_day(day):
                records = [record for record in made if not refusals.covers(record.decision)]
                files[DECISIONS.name].add(records)
                files[SLATES.name].add(list(chain.from_iterable(map(slate_rows, records))))
                own = [record for record in records if record.decision.asked is None]
                files[PROFILES.name].add(own)
            for name, file in files.items():
                yield TableDay(name, day, file.rows, file.finish())


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreUnavailableError(f"Another export is writing into {folder}.") from None
        yield
