import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.options import HomeOption
from cli.reports.replay_decision import Report
from evaluation.wiring import ReplayResources, open_replay
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.learning.past_rounds import Period
from personalization.replay.past_decisions import decisions_of, sessions_of
from personalization.wiring import CoreSettings

DIFFERENT = 1
NOT_FOUND = 2
SESSIONS_AT_ONCE = 20
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
    differs, and names the fields. Where its model or priors are no longer kept, less can be
    made again, and the answer says so: docs/learning.md.
    """
    period = Period(since and since.date(), until and until.date())
    ways = [decision is not None, session is not None, period != Period()]
    if sum(ways) > 1:
        raise typer.BadParameter("Give one of --decision, --session, or days.")
    console, report = Console(stderr=as_json), Report()
    with open_replay(CoreSettings.of_home(home)) as resources:
        if decision is not None:
            found = resources.kept.decisions.read_many([DecisionId(decision)])
            report.add(resources.replay.replay_many(list(found.values())))
        elif session is not None:
            _replay(resources, [SessionId(session)], period, report)
        else:
            _replay_all(resources, period, report, console)
    if as_json:
        sys.stdout.write(report.as_json() + "\n")
    else:
        report.print_to(console)
    if not report.total:
        console.print("No such decision: `history` lists days and sessions.")
        raise typer.Exit(NOT_FOUND)
    if report.different:
        raise typer.Exit(DIFFERENT)


def _replay_all(
    resources: ReplayResources, period: Period, report: Report, console: Console
) -> None:
    with console.status("Looking for sessions in the history"):
        sessions = sessions_of(resources.kept.history, period)
    columns = (
        TextColumn("Replaying sessions"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=len(sessions))
        for start in range(0, len(sessions), SESSIONS_AT_ONCE):
            chunk = sessions[start : start + SESSIONS_AT_ONCE]
            _replay(resources, chunk, period, report)
            bar.advance(task, len(chunk))


def _replay(
    resources: ReplayResources, sessions: Sequence[SessionId], period: Period, report: Report
) -> None:
    records = decisions_of(resources.kept.decisions, sessions, period, datetime.now(UTC))
    report.add(resources.replay.replay_many(records))
