import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.commands.people.erase import session_ids
from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from personalization.audit.recording import Auditor, Change
from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import UserId
from personalization.exports.person_export import PersonExport
from personalization.wiring import CoreSettings, open_checked, open_live

NOTHING = 1


def export_command(
    out: Annotated[Path, typer.Argument(metavar="FILE.zip", dir_okay=False)],
    session: Annotated[
        list[str] | None, typer.Option(help="A visit's id. May be repeated.")
    ] = None,
    *,
    user: Annotated[
        str | None, typer.Option(help="The shop's own id of a person: all their visits.")
    ] = None,
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Write everything that is kept of a person into one archive that people can read.

    `index.html` in it says what was done and why what was shown; JSON beside it has all of it.
    Exit code 1 where nothing is kept.
    """
    sessions = session_ids(session or [])
    if not sessions and user is None:
        raise typer.BadParameter("Name a --user, or a --session.")
    unfinished = out.with_name(f".{out.name}.unfinished")
    clock = SystemClock()
    with (
        open_checked(CoreSettings.of_home(home)) as kept,
        open_live(CoreSettings.of_home(home), kept) as live,
    ):
        export = PersonExport(kept, live, clock)
        with Console(stderr=True).status("Collecting"), unfinished.open("wb") as file:
            # Only its owner may read it.
            os.fchmod(file.fileno(), 0o600)
            visits = export.write(file, sessions, UserId(user) if user else None)
        unfinished.rename(out)
        change = Change(
            author=author_of(author), action="person.export", subject="person",
            note=f"{visits} visits",
        )  # fmt: skip
        Auditor(kept.audit, clock).record(change)
    Console().print(f"{visits} visits are in {out}.", soft_wrap=True)
    if not visits:
        raise typer.Exit(NOTHING)
