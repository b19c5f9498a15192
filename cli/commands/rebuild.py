from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.options import HomeOption
from cli.tables import titled_table
from personalization.domain.identifiers import SessionId
from personalization.ports.event_log import EventLog
from personalization.ports.topics import HISTORY_GROUP, USER_INTERACTIONS
from personalization.profiles.rebuild import LiveSessions, Rebuilt
from personalization.wiring import CoreSettings, open_checked, open_live


def rebuild_command(
    *,
    home: HomeOption = Path("var"),
    dry_run: Annotated[bool, typer.Option(help="Only say what would be written.")] = False,
) -> None:
    """Bring back what Redis has lost: the state and the last profile of every live session.

    May run beside the service, and again: what Redis has is never replaced by anything older.
    The service brings back each session by itself when it is next seen; this does it for all
    of them, before anybody comes.
    """
    console = Console()
    settings = CoreSettings.of_home(home)
    settings = replace(settings, cassandra=settings.cassandra.patient())
    with open_checked(settings) as kept, open_live(settings, kept) as live:
        behind = _behind(live.log)
        sessions = LiveSessions(kept, live, datetime.now(UTC))
        with console.status("Looking for live sessions in the history"):
            session_ids = sessions.ids()
        done = _rebuild(console, sessions, session_ids, dry=dry_run)
    console.print(_table(done, dry=dry_run))
    if behind:
        console.print(
            f"The history is {behind:,} events behind the log: the sessions they belong to get "
            "them at their next event."
        )


def _behind(log: EventLog) -> int:
    """Return how far the history writer is behind the log, in events, without joining its group."""
    partitions = range(log.partition_count(USER_INTERACTIONS))
    with closing(log.consumer(HISTORY_GROUP, [USER_INTERACTIONS], partitions)) as reader:
        return reader.lag()


def _rebuild(
    console: Console, sessions: LiveSessions, session_ids: Sequence[SessionId], *, dry: bool
) -> Rebuilt:
    columns = (
        TextColumn("Rebuilding sessions"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    done = Rebuilt()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=len(session_ids))
        for done in sessions.rebuild(session_ids, dry=dry):
            bar.update(task, completed=done.sessions)
    return done


def _table(done: Rebuilt, *, dry: bool) -> Table:
    title = f"{done.sessions:,} live sessions{', nothing written' if dry else ''}"
    numbers = ["to write" if dry else "written", "already there", "not to be had"]
    table = titled_table(title, [""], numbers)
    for name, figures in (
        ("states", (done.states_written, done.states_there, done.states_over)),
        ("profiles", (done.profiles_written, done.profiles_there, done.profiles_unknown)),
    ):
        table.add_row(name, *(f"{figure:,}" for figure in figures))
    return table
