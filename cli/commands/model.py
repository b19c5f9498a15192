import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn
from rich.status import Status
from rich.table import Table

from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from cli.reports.unlearning import print_unlearning
from cli.tables import titled_table
from personalization.audit.recording import Auditor
from personalization.domain.errors import RefusedSnapshotError, UnknownNameError
from personalization.domain.identifiers import SessionId
from personalization.learning.snapshot_list import ListedSnapshot
from personalization.learning.snapshot_service import SnapshotService
from personalization.learning.unlearn_report import UnlearnRequest
from personalization.learning_wiring import check_snapshot, open_unlearning
from personalization.wiring import CoreSettings, open_checked, open_kept

NOT_FOUND = 1

model_app = typer.Typer(
    help="See the snapshots of what was learned, check them, and go back to an older one.",
    no_args_is_help=True,
)
VersionArgument = Annotated[str, typer.Argument(help="A version, as `list` shows it.")]


@model_app.command("list")
def list_command(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON lines.")] = False,
    home: HomeOption = Path("var"),
) -> None:
    """List the kept snapshots, oldest first, each read and checked against its checksums."""
    with _open_snapshots(home) as snapshots:
        found = snapshots.list()
    if as_json:
        sys.stdout.writelines(msgspec.json.encode(listed).decode() + "\n" for listed in found)
        return
    console = Console()
    if not found:
        console.print("No snapshot has been saved yet.")
        return
    console.print(_snapshot_table(found))


@model_app.command("check")
def check_command(
    version: Annotated[
        str | None, typer.Argument(help="A version, as `list` shows it; the current one if none.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the differences as JSON.")] = False,
    home: HomeOption = Path("var"),
) -> None:
    """Hold a snapshot against its checksums, and its models against Vowpal Wabbit.

    The same as before a promotion. Exit code 2 for one that must not be served.
    """
    with _open_snapshots(home) as snapshots, _status("Checking it"):
        checked = snapshots.check(version)
    if as_json:
        sys.stdout.write(
            msgspec.json.encode({checked.version: checked.differences}).decode() + "\n"
        )
        return
    Console().print(f"{checked.version}: every part matches its SHA-256.")
    Console().print(_difference_table(checked.differences))


@model_app.command("rollback")
def rollback_command(
    version: VersionArgument,
    *,
    model_only: Annotated[
        bool,
        typer.Option(
            "--model-only",
            help="Keep the learner's place in the log: what was learned since is left out.",
        ),
    ] = False,
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Go back to an older snapshot, as a new version.

    Scorers serve it within a snapshot period. The running learner is fenced off and starts again
    from it: it learns the log since then once more, or with --model-only goes on from where it is.
    The snapshot is checked first, and one that fails is refused.
    """
    with _open_snapshots(home) as snapshots, _status(f"Checking {version}"):
        done = snapshots.roll_back(version, author_of(author), models_only=model_only)
    what = "its models, with the present place in the log" if model_only else "the whole of it"
    Console().print(f"{done.made} is current: {what} as of {done.of}.", soft_wrap=True)


@model_app.command("unlearn")
def unlearn_command(
    *,
    session: Annotated[
        list[str] | None,
        typer.Option(help="A session to leave out besides the erased ones; may be repeated."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Train and compare, and leave all as it is.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Promote it though its error is much larger.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Train the models again without erased sessions, and promote them.

    The result is what the kept rounds teach without theirs, to the byte. Snapshots that have the
    erased in them and the erased's rounds are deleted. The learner goes on meanwhile and starts
    again from the result. Exit code 1 where it is refused, as it would be much worse: then nothing
    has changed, and the erasure still waits.
    """
    request = UnlearnRequest(
        author=author_of(author),
        sessions=tuple(map(SessionId, session or ())),
        dry=dry_run,
        accept=accept,
    )
    settings = CoreSettings.of_home(home)
    with open_checked(settings) as kept, _round_progress(shown=not as_json) as learned:
        try:
            report = open_unlearning(kept, settings.learning).run(request, learned)
        except (RefusedSnapshotError, UnknownNameError) as error:
            Console(stderr=True).print(str(error), soft_wrap=True)
            raise typer.Exit(NOT_FOUND) from None
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        print_unlearning(report)


@contextmanager
def _round_progress(*, shown: bool) -> Iterator[Callable[[int], None]]:
    columns = "[progress.description]{task.description}", "{task.completed:,.0f} rounds"
    with Progress(
        SpinnerColumn(), *columns, console=Console(stderr=True), transient=True, disable=not shown
    ) as progress:
        task = progress.add_task("Learning again", total=None)
        yield partial(progress.advance, task)


@contextmanager
def _open_snapshots(home: Path) -> Iterator[SnapshotService]:
    """Open the snapshots; say which there are, and end, where another is asked for."""
    with open_kept(CoreSettings.of_home(home)) as kept:
        try:
            yield SnapshotService(kept.models, check_snapshot, Auditor(kept.audit))
        except UnknownNameError as error:
            Console(stderr=True).print(str(error), soft_wrap=True)
            raise typer.Exit(NOT_FOUND) from None


def _status(words: str) -> Status:
    return Console(stderr=True).status(words)


def _snapshot_table(found: list[ListedSnapshot]) -> Table:
    table = Table(title="Snapshots, oldest first", title_justify="left")
    for name in ("version", "saved (UTC)"):
        table.add_column(name, no_wrap=True)
    for name in ("rounds", "from", "KiB"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("", no_wrap=True)
    table.add_column("parts", overflow="fold")
    for listed in found:
        table.add_row(
            listed.version,
            f"{listed.saved_at:%Y-%m-%d %H:%M}",
            "-" if listed.rounds is None else f"{listed.rounds:,}",
            "-" if listed.first_round is None else f"{listed.first_round:,}",
            "-" if listed.bytes is None else f"{listed.bytes / 1024:,.0f}",
            "damaged" if listed.damage else "current" if listed.current else "",
            ", ".join(listed.parts),
        )
    return table


def _difference_table(found: Mapping[str, float]) -> Table:
    table = titled_table("To Vowpal Wabbit", ["model"], ["largest difference"])
    for name, difference in found.items():
        table.add_row(name, f"{difference:.1e}")
    return table
