import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from cli.tables import titled_table
from personalization.audit.recording import Auditor
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.clock import FIRST_MOMENT, SystemClock, in_utc
from personalization.domain.errors import UnknownNameError
from personalization.ports.topics import USER_INTERACTIONS
from personalization.settings.serving import ServingSettings
from personalization.tracking.consents import read_statements
from personalization.tracking.dead_letter_service import DeadLetterService, LetterPage, Slice
from personalization.tracking.dead_letters import DeadLetter, Place, Selection
from personalization.tracking.redrive import Judgement, Redrive, RedriveTally
from personalization.tracking.rejection import EventRejection
from personalization.wiring import CoreSettings, open_checked, open_log

NOT_FOUND = 1
NOT_ALL_REDRIVEN = 2
READING = "Reading the dead letters"
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
    with _open_letters(home) as opened, Console(stderr=True).status(READING) as status:
        page = opened.list(
            wanted, limit, every=every, read=lambda count: status.update(f"Read {count:,} records")
        )
    if as_json:
        sys.stdout.writelines(
            msgspec.json.encode(_row(letter)).decode() + "\n" for letter in page.letters
        )
        return
    console = Console()
    if not page.letters:
        console.print("No dead letters.")
        return
    console.print(_counts(page))
    console.print(_listing(page.letters, page.total))


@dead_letters_app.command("show")
def show_command(
    place: Annotated[str, typer.Argument(help="partition:offset, as `list` shows it.")],
    *,
    home: HomeOption = Path("var"),
) -> None:
    """Show one dead letter whole, and what a redrive would do with it now."""
    [wanted] = _places([place])
    try:
        with _open_letters(home) as opened, Console(stderr=True).status(READING):
            letter, judged = opened.show(wanted)
    except UnknownNameError:
        Console(stderr=True).print(f"There is no dead letter at {place}: `list` shows the places.")
        raise typer.Exit(NOT_FOUND) from None
    _print_letter(letter, judged)


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
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Judge dead letters again and publish those that can be taken now.

    Name places, or choose by reason, source, session and time, or take all. What is redriven is
    marked, so that it is neither listed nor redriven again. Exit code 2 if some were kept.
    """
    wanted = _selection(places, reason, source, session, since)
    if wanted.is_empty != every:
        raise typer.BadParameter("Name places, or choose by options, or give --all.")
    with _open_letters(home) as opened, _bar("Redriving") as progress:
        done = opened.redrive(wanted, author_of(author), dry=dry_run, progress=progress)
    _print_outcome(done.tally, dry=dry_run)
    _end_without(done)
    if done.tally.kept:
        raise typer.Exit(NOT_ALL_REDRIVEN)


@dead_letters_app.command("discard")
def discard_command(  # noqa: PLR0913 - an option each
    places: Annotated[
        list[str] | None, typer.Argument(help="partition:offset of each, as `list` shows them.")
    ] = None,
    *,
    reason: ReasonOption = None,
    source: SourceOption = None,
    session: SessionOption = None,
    since: SinceOption = None,
    every: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Set dead letters aside for good: they are neither listed nor redriven any more.

    Choose as for `redrive`. `list --all` shows them until retention removes them.
    """
    wanted = _selection(places, reason, source, session, since)
    if wanted.is_empty != every:
        raise typer.BadParameter("Name places, or choose by options, or give --all.")
    with _open_letters(home) as opened, _bar("Discarding") as progress:
        done = opened.discard(wanted, author_of(author), progress=progress)
    Console().print(f"Discarded: {done.discarded:,}.")
    _end_without(done)


def _selection(
    places: Sequence[str] | None,
    reason: str | None,
    source: str | None,
    session: str | None,
    since: str | None,
) -> Selection:
    return Selection(
        reason=reason, source=source, session=session, since=_moment(since),
        places=_places(places or ()),
    )  # fmt: skip


def _end_without(done: Slice) -> None:
    """End with `NOT_FOUND` where a place was named that has no letter, or none was selected."""
    if done.missing:
        where = ", ".join(map(str, done.missing))
        Console(stderr=True).print(f"There is no dead letter at {where}.")
    if done.missing or not done.found:
        raise typer.Exit(NOT_FOUND)


@contextmanager
def _open_letters(home: Path) -> Iterator[DeadLetterService]:
    settings = CoreSettings.of_home(home)
    with open_checked(settings) as kept, open_log(settings, kept) as log:
        statements = partial(read_statements, kept.history)
        cache = CatalogueCache(kept.catalogue)
        redrive = Redrive(log, cache, ServingSettings(), SystemClock(), statements)
        yield DeadLetterService(log, redrive, Auditor(kept.audit))


@contextmanager
def _bar(words: str) -> Iterator[Callable[[int, int], None]]:
    columns = (
        TextColumn(words), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


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


def _counts(page: LetterPage) -> Table:
    table = titled_table("By reason", ["reason", "source"], ["letters"])
    for (code, source), count in page.counts.items():
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
        redriven = " (discarded)" if letter.discarded_at else redriven
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
        *(
            [("discarded", f"{letter.discarded_at:%Y-%m-%d %H:%M:%S} UTC")]
            if letter.discarded_at
            else []
        ),
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
        table.add_row("redriven before, or discarded", f"{outcome.already:,}", "")
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
