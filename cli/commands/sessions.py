import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from personalization.audit.recording import Auditor
from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import SessionId, parse_session_id
from personalization.priors.session_eraser import (
    ErasureReceipt,
    ErasureVerdict,
    SessionEraser,
)
from personalization.settings.serving import ServingSettings
from personalization.signing.ring_file import RingFile
from personalization.signing.rotation import rotate_key
from personalization.wiring import CoreSettings, open_checked, open_kept

NOT_ALL_FOUND = 1
MOST_AT_ONCE = 1_000

sessions_app = typer.Typer(
    no_args_is_help=True,
    help="Erase sessions from what was learned of them, and change the key of their tokens.",
)


@sessions_app.command("rotate-key")
def rotate_key_command(
    *,
    author: AuthorOption = None,
    end_sessions: Annotated[
        bool,
        typer.Option(
            "--end-sessions", help="Drop all former keys at once, as where one is known to others."
        ),
    ] = False,
    home: HomeOption = Path("var"),
) -> None:
    """Sign the tokens of sessions by a new key from now on; no session ends.

    Running processes follow within ten seconds. The former key is read for the 48 hours of a
    session, and dropped after that.
    """
    if ServingSettings().signing_secrets:
        raise typer.BadParameter(
            "The keys are those of FITTING_ROOM_API_SECRET: change them there, as "
            "docs/running.md says."
        )
    clock = SystemClock()
    with open_kept(CoreSettings.of_home(home)) as kept:
        file = RingFile(home, clock.now())
        auditor = Auditor(kept.audit, clock)
        ring = rotate_key(file, auditor, clock, author_of(author), end_sessions=end_sessions)
    newest, *former = ring.keys
    reads = ", ".join(key.key_id for key in former) or "none: all sessions begin anew"
    starts = f"{newest.signs_from:%H:%M:%S} UTC"
    Console().print(f"{newest.key_id} signs from {starts}; read as well: {reads}.", soft_wrap=True)


@sessions_app.command("erase")
def erase_command(
    session: Annotated[
        list[str], typer.Argument(metavar="SESSION...", help="Ids; a thousand at the most.")
    ],
    *,
    author: AuthorOption = None,
    dry_run: Annotated[bool, typer.Option(help="Only say where they are.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    home: HomeOption = Path("var"),
) -> None:
    """Let nothing be learned from sessions: within a second they are nobody's neighbours.

    Every process that decides leaves them out of the session index at once, and every later night
    leaves out their events. Those that wait for a product are removed. The history keeps the
    others, and what was decided, for as long as retention says. Erasing again changes nothing.
    Exit code 1 if a session is unknown, or could not be looked for in an index of a former release.
    """
    names = _session_ids(session)
    with open_checked(CoreSettings.of_home(home)) as kept:
        clock = SystemClock()
        auditor = Auditor(kept.audit, clock)
        eraser = SessionEraser(kept.history, kept.priors, kept.plans, clock, kept.waiting, auditor)
        with Console(stderr=True).status("Looking into the session indexes"):
            receipt = eraser.erase(names, author_of(author), dry=dry_run)
    if as_json:
        sys.stdout.write(msgspec.json.encode(receipt).decode() + "\n")
    else:
        _print(receipt, dry=dry_run)
    unknown = any(erased.verdict is ErasureVerdict.UNKNOWN for erased in receipt.sessions)
    if unknown or receipt.unsearched:
        raise typer.Exit(NOT_ALL_FOUND)


def _session_ids(texts: list[str]) -> list[SessionId]:
    parsed = [(text, parse_session_id(text)) for text in texts]
    odd = [text for text, session_id in parsed if session_id is None]
    if odd:
        raise typer.BadParameter(f"{odd[0]!r} is no session's id, which is a UUID: none is erased.")
    names = list(dict.fromkeys(session_id for _, session_id in parsed if session_id))
    if len(names) > MOST_AT_ONCE:
        raise typer.BadParameter(f"Give at most {MOST_AT_ONCE:,} sessions at once: none is erased.")
    return names


def _print(receipt: ErasureReceipt, *, dry: bool) -> None:
    title = "Nothing is written" if dry else f"List of erased sessions, version {receipt.version}"
    table = Table(title=title, title_justify="left")
    table.add_column("session", no_wrap=True)
    for name in ("verdict", "in the index of"):
        table.add_column(name, overflow="fold")
    for erased in receipt.sessions:
        where = ", ".join(erased.generation_ids) or "none"
        verdict = erased.verdict.value
        would = dry and erased.verdict is ErasureVerdict.ERASED
        table.add_row(erased.session_id, f"would be {verdict}" if would else verdict, where)
    Console().print(table)
    if receipt.unsearched:
        Console(stderr=True).print(
            f"In the index of {', '.join(receipt.unsearched)}, of a former release, no session "
            "can be found: after the next night it is served no longer.",
            soft_wrap=True,
        )
