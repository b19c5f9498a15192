import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.options import HomeOption
from cli.tables import titled_table
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.clock import FIRST_MOMENT, SystemClock, in_utc
from personalization.ports.event_log import EventLog
from personalization.ports.topics import USER_INTERACTIONS
from personalization.settings.serving import ServingSettings
from personalization.tracking.dead_letters import DeadLetter, Place, Selection, read_letters
from personalization.tracking.redrive import Judgement, Redrive, RedriveTally
from personalization.tracking.rejection import EventRejection
from personalization.wiring import CoreSettings, open_kept, open_log

NOT_FOUND = 1
NOT_ALL_REDRIVEN = 2
BODY_SHOWN = 60
_AGO = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

dead_letters_app = typer.Typer(
    help="See what could not be processed and why, and redrive what can be by now.",
    no_args_is_help=True,
)
ReasonOption = Annotated[
    str | None, typer.Option(help="Those whose reason begins so, such as unknown_product.")
]
SourceOption = Annotated[str | None, typer.Option(help="Set aside by api or by scorer.")]
SessionOption = Annotated[str | None, typer.Option(help="Those of one session.")]
SinceOption = Annotated[
    str | None, typer.Option(help="Set aside since a UTC moment, or 30m, 12h, 2d ago.")
]


@dataclass(frozen=True, slots=True)
class _OpenLetters:
    letters: Sequence[DeadLetter]
    redrive: Redrive


@dead_letters_app.command("list")
def list_command(  # noqa: PLR0913 - an option each
    *,
    reason: ReasonOption = None,
    source: SourceOption = None,
    session: SessionOption = None,
    since: SinceOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show, newest first.")] = 50,
    every: Annotated[
        bool, typer.Option("--all", help="Also those that have been redriven.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON lines.")] = False,
    home: HomeOption = Path("var"),
) -> None:
    """List dead letters, with a count by reason. Reading changes nothing."""
    wanted = Selection(reason=reason, source=source, session=session, since=_moment(since))
    with open_log(CoreSettings.of_home(home)) as log:
        read = _letters(log)
    letters = [
        letter for letter in read if wanted.takes(letter) and (every or letter.redriven_at is None)
    ]
    newest = letters[: -limit - 1 : -1]
    if as_json:
        sys.stdout.writelines(
            msgspec.json.encode(_row(letter)).decode() + "\n" for letter in newest
        )
        return
    console = Console()
    if not letters:
        console.print("No dead letters.")
        return
    console.print(_counts(letters))
    console.print(_listing(newest, len(letters)))


@dead_letters_app.command("show")
def show_command(
    place: Annotated[str, typer.Argument(help="partition:offset, as `list` shows it.")],
    *,
    home: HomeOption = Path("var"),
) -> None:
    """Show one dead letter whole, and what a redrive would do with it now."""
    wanted = _places([place])
    with _open_letters(home) as opened:
        found = [letter for letter in opened.letters if letter.place in wanted]
        judged = opened.redrive.judge(found)
    if not found:
        Console(stderr=True).print(f"There is no dead letter at {place}: `list` shows the places.")
        raise typer.Exit(NOT_FOUND)
    _print_letter(found[0], judged[0])


@dead_letters_app.command("redrive")
@dead_letters_app.command("replay", hidden=True)
def redrive_command(  # noqa: PLR0913 - an option each
    places: Annotated[
        list[str] | None, typer.Argument(help="partition:offset of each, as `list` shows them.")
    ] = None,
    *,
    reason: ReasonOption = None,
    source: SourceOption = None,
    session: SessionOption = None,
    since: SinceOption = None,
    every: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be redriven.")] = False,
    home: HomeOption = Path("var"),
) -> None:
    """Judge dead letters again and publish those that can be taken now.

    Name places, or choose by reason, source, session and time, or take all. What is redriven is
    marked, so that it is neither listed nor redriven again. Exit code 2 if some were kept.
    """
    wanted = Selection(
        reason=reason, source=source, session=session, since=_moment(since),
        places=_places(places or ()),
    )  # fmt: skip
    if wanted.is_empty != every:
        raise typer.BadParameter("Name places, or choose by options, or give --all.")
    with _open_letters(home) as opened:
        found = [letter for letter in opened.letters if wanted.takes(letter)]
        chosen = [letter for letter in found if wanted.places or letter.redriven_at is None]
        missing = wanted.places - {letter.place for letter in found}
        outcome = _redrive_letters(opened.redrive, chosen, dry=dry_run)
    _print_outcome(outcome, dry=dry_run)
    if missing:
        where = ", ".join(map(str, sorted(missing)))
        Console(stderr=True).print(f"There is no dead letter at {where}.")
    if missing or not found:
        raise typer.Exit(NOT_FOUND)
    if outcome.kept:
        raise typer.Exit(NOT_ALL_REDRIVEN)


@contextmanager
def _open_letters(home: Path) -> Iterator[_OpenLetters]:
    settings = CoreSettings.of_home(home)
    with open_kept(settings) as kept, open_log(settings) as log:
        redrive = Redrive(log, CatalogueCache(kept.catalogue), ServingSettings(), SystemClock())
        yield _OpenLetters(_letters(log), redrive)


def _letters(log: EventLog) -> list[DeadLetter]:
    with Console(stderr=True).status("Reading the dead letters") as status:
        return read_letters(log, lambda count: status.update(f"Read {count:,} records"))


def _redrive_letters(redrive: Redrive, letters: Sequence[DeadLetter], *, dry: bool) -> RedriveTally:
    columns = (
        TextColumn("Redriving"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    outcome = RedriveTally()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(letters))
        for outcome in redrive.run(letters, dry=dry):
            bar.update(task, completed=outcome.total)
    return outcome


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        return _moment_ago(timedelta(**{_UNITS[ago.group(2)]: int(ago.group(1))}))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no moment: write 2025-06-01T12:00 or 2d.") from error
    return in_utc(moment) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment_ago(ago: timedelta) -> datetime:
    now = datetime.now(UTC)
    return now - ago if ago < now - FIRST_MOMENT else FIRST_MOMENT


def _places(texts: Sequence[str]) -> frozenset[Place]:
    try:
        return frozenset(map(Place.parse, texts))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _counts(letters: Sequence[DeadLetter]) -> Table:
    table = titled_table("By reason", ["reason", "source"], ["letters"])
    counts = Counter((letter.code, letter.source) for letter in letters)
    for (code, source), count in counts.most_common():
        table.add_row(code, source, f"{count:,}")
    return table


def _listing(letters: Sequence[DeadLetter], of: int) -> Table:
    table = Table(title=f"Newest {len(letters):,} of {of:,}", title_justify="left")
    table.add_column("place", no_wrap=True)
    table.add_column("when (UTC)", no_wrap=True)
    for name in ("session", "source", "reason", "body"):
        table.add_column(name, overflow="fold")
    for letter in letters:
        redriven = " (redriven)" if letter.redriven_at else ""
        table.add_row(
            str(letter.place),
            f"{letter.at:%Y-%m-%d %H:%M:%S}",
            _plain(letter.session_id),
            _plain(letter.source),
            _plain(letter.reason) + redriven,
            _plain(_short(letter.body)),
        )
    return table


def _print_letter(letter: DeadLetter, judged: Judgement) -> None:
    table = Table(show_header=False)
    origin = letter.origin
    rows = [
        ("place", str(letter.place)),
        ("set aside", f"{letter.at:%Y-%m-%d %H:%M:%S.%f} UTC"),
        ("session", letter.session_id),
        *letter.headers,
        ("came from", f"{USER_INTERACTIONS} {origin}" if origin else "a request to the API"),
        ("redriven", f"{letter.redriven_at:%Y-%m-%d %H:%M:%S} UTC" if letter.redriven_at else "no"),
        ("a redrive now", _verdict(judged)),
    ]
    for name, text in rows:
        table.add_row(name, _plain(text))
    console = Console()
    console.print(table)
    try:
        lines = msgspec.json.format(letter.body).decode().splitlines()
    except ValueError:
        lines = [repr(letter.body)]
    for line in lines:
        console.print(_printable(line), markup=False, highlight=False, soft_wrap=True)


def _verdict(judged: Judgement) -> str:
    if isinstance(judged, EventRejection):
        return f"keeps it: {judged.code}: {judged.detail}"
    return f"publishes it: {judged.type.value} of {judged.occurred_at:%Y-%m-%d %H:%M:%S} UTC"


def _print_outcome(outcome: RedriveTally, *, dry: bool) -> None:
    table = Table("what", "letters", "such as", title="Redrive", title_justify="left")
    table.add_row("would be redriven" if dry else "redriven", f"{outcome.redriven:,}", "")
    if outcome.already:
        table.add_row("redriven before", f"{outcome.already:,}", "")
    for code, count in outcome.kept.most_common():
        table.add_row(f"kept: {code}", f"{count:,}", _plain(outcome.examples[code]))
    Console().print(table)


def _row(letter: DeadLetter) -> dict[str, Any]:
    return {
        "place": str(letter.place),
        "at": letter.at,
        "session": letter.session_id,
        "source": letter.source,
        "code": letter.code,
        "reason": letter.reason,
        "origin": str(letter.origin) if letter.origin else None,
        "replayed_at": letter.redriven_at,
        "body": letter.body.decode(errors="replace"),
    }


def _short(body: bytes) -> str:
    text = body.decode(errors="replace")
    return text if len(text) <= BODY_SHOWN else text[: BODY_SHOWN - 1] + "…"


def _plain(text: str) -> str:
    """Return text from outside with everything escaped that a terminal or table would obey."""
    return escape(_printable(text))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
