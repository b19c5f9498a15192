"""`replay-decision`: past decisions made again out of the history, and compared bit for bit."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.options import HomeOption, core_settings
from cli.reports.replay_decision import Report
from evaluation.wiring import ReplayResources, open_replay
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.learning.past_rounds import Period
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.event_history import CLOCK_SLACK

DIFFERENT = 1
NOT_FOUND = 2
SESSIONS_AT_ONCE = 20
MOST_OF_A_SESSION = 10_000
_DAYS = ["%Y-%m-%d"]


def replay_decision_command(
    *,
    decision: Annotated[str | None, typer.Option(help="A decision id.")] = None,
    session: Annotated[str | None, typer.Option(help="A session id: all its decisions.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_DAYS, help="First UTC day: all its decisions.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DAYS, help="Last UTC day, included.")
    ] = None,
    home: HomeOption = Path("var"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Make past decisions again from the history and compare them, bit for bit, with the kept.

    Without an option: all decisions of sessions that the history knows. Ends with 1 if any
    differs, and names the fields. Where the model or the priors of then are no longer kept, less
    can be made again, and the answer says so: docs/learning.md.
    """
    period = Period(since and since.date(), until and until.date())
    ways = [decision is not None, session is not None, period != Period()]
    if sum(ways) > 1:
        raise typer.BadParameter("Give one of --decision, --session, or days.")
    console, report = Console(stderr=as_json), Report()
    with open_replay(core_settings(home)) as kit:
        if decision is not None:
            found = kit.kept.decisions.read_many([DecisionId(decision)])
            report.add(kit.replay.replay_many(list(found.values())))
        elif session is not None:
            report.add(kit.replay.replay_many(_of_sessions(kit, [SessionId(session)], period)))
        else:
            _replay_all(kit, period, report, console)
    if as_json:
        sys.stdout.write(report.as_json() + "\n")
    else:
        report.print_to(console)
    if not report.replayed:
        console.print("No such decision: `history` lists days and sessions.")
        raise typer.Exit(NOT_FOUND)
    if report.different:
        raise typer.Exit(DIFFERENT)


def _replay_all(kit: ReplayResources, period: Period, report: Report, console: Console) -> None:
    with console.status("Looking for sessions in the history"):
        sessions = _sessions(kit, period)
    columns = (
        TextColumn("Replaying sessions"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=len(sessions))
        for chunk in _chunks(sessions):
            report.add(kit.replay.replay_many(_of_sessions(kit, chunk, period)))
            bar.advance(task, len(chunk))


def _sessions(kit: ReplayResources, period: Period) -> list[SessionId]:
    # Events have their day by the shopper's clock, decisions by ours.
    days = period.widened(CLOCK_SLACK, CLOCK_SLACK)
    found: dict[SessionId, None] = {}
    for day in kit.kept.history.days():
        if day in days:
            for chunk in kit.kept.history.read_day(day):
                found.update(dict.fromkeys(event.session_id for event in chunk))
    return list(found)


def _of_sessions(
    kit: ReplayResources, sessions: Sequence[SessionId], period: Period
) -> list[DecisionRecord]:
    now = datetime.now(UTC)
    return [
        record
        for session_id in sessions
        for record in kit.kept.decisions.list_session(session_id, now, MOST_OF_A_SESSION)
        if record.decision.decided_at.astimezone(UTC).date() in period
    ]


def _chunks(sessions: Sequence[SessionId]) -> Iterator[Sequence[SessionId]]:
    for start in range(0, len(sessions), SESSIONS_AT_ONCE):
        yield sessions[start : start + SESSIONS_AT_ONCE]
