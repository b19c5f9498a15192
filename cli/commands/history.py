import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.options import HomeOption
from cli.tables import titled_table
from personalization.codec.json_codec import EVENT
from personalization.domain.asked import AskedKind
from personalization.domain.event import Event
from personalization.domain.identifiers import SessionId
from personalization.explanations.explanation_service import ExplanationService
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.stores import KeptStores
from personalization.wiring import CoreSettings, open_checked

NOT_FOUND = 1


@dataclass(frozen=True, slots=True)
class _Past:
    events: Sequence[Event] = ()
    records: Sequence[DecisionRecord] = ()
    days: Mapping[date, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.events or self.records or self.days)


def history_command(
    *,
    session: Annotated[
        str | None, typer.Option(help="A session: its events and decisions, in order.")
    ] = None,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A UTC day: its events by type.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Decisions to list.")] = 50,
    home: HomeOption = Path("var"),
    as_json: Annotated[
        bool, typer.Option("--json", help="With --session or --day: the events as JSON lines.")
    ] = False,
) -> None:
    """Read the kept past. Without an option: the days that have events."""
    with open_checked(CoreSettings.of_home(home)) as kept:
        past = _read(kept, session, day, limit)
    if as_json:
        sys.stdout.writelines(EVENT.encode(event).decode() + "\n" for event in past.events)
    else:
        _print(Console(), past)
    if past.is_empty:
        Console(stderr=True).print("Nothing there: `history` without options lists the days.")
        raise typer.Exit(NOT_FOUND)


def _read(kept: KeptStores, session: str | None, day: datetime | None, limit: int) -> _Past:
    if session is not None:
        session_id = SessionId(session)
        service = ExplanationService(kept.decisions, kept.history, kept.catalogue)
        records = service.decisions_of(session_id, datetime.now(UTC), limit)
        return _Past(events=service.events_of(session_id), records=records)
    if day is not None:
        chunks = kept.history.read_day(day.date())
        return _Past(events=[event for chunk in chunks for event in chunk])
    return _Past(days=kept.history.days())


def _print(console: Console, past: _Past) -> None:
    if past.days:
        console.print(_days_table(past.days))
        return
    counts = Counter(event.type.value for event in past.events)
    console.print(", ".join(f"{name}: {count:,}" for name, count in counts.most_common()))
    if past.records:
        console.print(_session_table(past))


def _days_table(days: Mapping[date, int]) -> Table:
    table = titled_table("Days with events", ["day"], ["events"])
    for day, count in days.items():
        table.add_row(day.isoformat(), f"{count:,}")
    return table


def _session_table(past: _Past) -> Table:
    rows = [(event.occurred_at, _event_row(event)) for event in past.events]
    rows += [(record.decision.decided_at, _decision_row(record)) for record in past.records]
    table = titled_table("Session", ["time (UTC)", "what", "of", "decision"])
    for moment, row in sorted(rows, key=lambda row: row[0]):
        table.add_row(f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-3], *row)
    return table


def _event_row(event: Event) -> tuple[str, str, str]:
    subject = ", ".join(event.product_ids) or event.category_id or ""
    return event.type.value, subject, event.decision_id or ""


def _decision_row(record: DecisionRecord) -> tuple[str, str, str]:
    slate = ", ".join(slot.product_id for slot in record.decision.slate)
    asked = record.decision.asked
    what = "decided"
    if asked is not None:
        what += f" {asked.kind}" + (f" {asked.strategy}" if asked.kind is AskedKind.ROW else "")
    return what, slate, record.decision.decision_id
