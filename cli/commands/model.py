import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from cli.options import HomeOption
from cli.tables import titled_table
from personalization.learning.rollback import roll_back
from personalization.learning.snapshot_list import ListedSnapshot, list_snapshots
from personalization.ports.model_store import ModelStore
from personalization.wiring import CoreSettings, check_snapshot, open_kept

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
    with open_kept(CoreSettings.of_home(home)) as kept:
        found = list_snapshots(kept.models)
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
    with open_kept(CoreSettings.of_home(home)) as kept:
        chosen = _find(kept.models, version or kept.models.current())
        with Console(stderr=True).status(f"Checking {chosen}"):
            differences = check_snapshot(kept.models.load(chosen))
    if as_json:
        sys.stdout.write(msgspec.json.encode({chosen: differences}).decode() + "\n")
        return
    Console().print(f"{chosen}: every part matches its SHA-256.")
    Console().print(_difference_table(differences))


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
    home: HomeOption = Path("var"),
) -> None:
    """Go back to an older snapshot, as a new version.

    Scorers serve it within a snapshot period. The running learner is fenced off and starts again
    from it: it learns the log since then once more, or with --model-only goes on from where it is.
    The snapshot is checked first, and one that fails is refused.
    """
    with open_kept(CoreSettings.of_home(home)) as kept:
        chosen = _find(kept.models, version)
        with Console(stderr=True).status(f"Checking {chosen}"):
            check_snapshot(kept.models.load(chosen))
        made = roll_back(kept.models, chosen, models_only=model_only)
    what = "its models, with the present place in the log" if model_only else "the whole of it"
    Console().print(f"{made} is current: {what} as of {chosen}.", soft_wrap=True)


def _find(store: ModelStore, version: str | None) -> str:
    """Return the version if it is kept; else say which are, and end."""
    kept = [snapshot.version for snapshot in store.versions()]
    if version in kept:
        return version
    asked = f"There is no snapshot {version}." if version else "No snapshot has been saved yet."
    known = f" Kept are {', '.join(kept)}." if kept else ""
    Console(stderr=True).print(asked + known, soft_wrap=True)
    raise typer.Exit(NOT_FOUND)


def _snapshot_table(found: list[ListedSnapshot]) -> Table:
    table = Table(title="Snapshots, oldest first", title_justify="left")
    for name in ("version", "saved (UTC)"):
        table.add_column(name, no_wrap=True)
    for name in ("rounds", "KiB"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("", no_wrap=True)
    table.add_column("parts", overflow="fold")
    for listed in found:
        table.add_row(
            listed.version,
            f"{listed.saved_at:%Y-%m-%d %H:%M}",
            "-" if listed.rounds is None else f"{listed.rounds:,}",
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
