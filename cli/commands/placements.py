import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from cli.tables import titled_table
from personalization.audit.recording import Auditor
from personalization.plans.current_plan import Parsed
from personalization.policies.current_placements import (
    EditPlacements,
    PlacementEditor,
    as_in_setting,
    with_placement,
    without_placement,
)
from personalization.policies.placement import Placement
from personalization.policies.placements_document import (
    WrittenPlacement,
    decode_placement,
    encode_placements,
)
from personalization.wiring import CoreSettings, open_kept

placements_app = typer.Typer(
    help="See and change the rows of the page: their sizes, titles and policies.",
    no_args_is_help=True,
)
NameArgument = Annotated[str, typer.Argument(help="The placement's name.")]


@placements_app.command("list")
def list_command(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    home: HomeOption = Path("var"),
) -> None:
    """List the placements in force, in the order in which they are filled."""
    with _open_editor(home) as editor:
        newest = editor.newest()
    if as_json:
        document = msgspec.json.format(encode_placements(newest.document))
        sys.stdout.write(document.decode() + "\n")
    else:
        _print(newest)


@placements_app.command("set")
def set_command(
    name: NameArgument,
    size: Annotated[int, typer.Argument(help="How many products it shows.")],
    policy: Annotated[str, typer.Argument(help="Such as 'epsilon-greedy:epsilon=0.2'.")],
    *,
    title: Annotated[str, typer.Option(help="What stands above it.")] = "",
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Add a placement, or put it for the one of its name; decisions follow within seconds."""
    written = msgspec.json.encode(WrittenPlacement(name, size, policy, title))
    _write(home, with_placement(decode_placement(written)), author)


@placements_app.command("remove")
def remove_command(
    name: NameArgument, *, author: AuthorOption = None, home: HomeOption = Path("var")
) -> None:
    """Remove a placement; every page keeps `home`."""
    _write(home, without_placement(name), author)


@placements_app.command("reset")
def reset_command(*, author: AuthorOption = None, home: HomeOption = Path("var")) -> None:
    """Go back to the placements of the setting FITTING_ROOM_RANKING_PLACEMENTS."""
    _write(home, as_in_setting, author)


@contextmanager
def _open_editor(home: Path) -> Iterator[PlacementEditor]:
    settings = CoreSettings.of_home(home)
    with open_kept(settings) as kept:
        yield PlacementEditor.of(
            kept.plans, settings.ranking, settings.learning, Auditor(kept.audit)
        )


def _write(home: Path, change: EditPlacements, author: str | None) -> None:
    with _open_editor(home) as editor:
        written = editor.edit(change, author_of(author))
    _print(written)


def _print(newest: Parsed[tuple[Placement, ...]]) -> None:
    origin = f"Placements, version {newest.version}" if newest.version else "Placements"
    table = titled_table(origin, ["name"], ["size"], ["policy", "title"])
    for placement in newest.document:
        table.add_row(placement.name, str(placement.size), str(placement.policy), placement.title)
    Console().print(table)
