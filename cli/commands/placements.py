import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from cli.tables import titled_table
from personalization.audit.recording import Auditor
from personalization.domain.asked import Strategy
from personalization.domain.errors import InvalidPolicyError
from personalization.plans.current_plan import Parsed
from personalization.policies.current_placements import (
    EditPlacements,
    PlacementEditor,
    as_in_setting,
    placement_of_name,
    with_placement,
    without_placement,
)
from personalization.policies.placement import Placement
from personalization.policies.placements_document import (
    WrittenCap,
    WrittenPlacement,
    decode_placement,
    decode_placements,
    encode_placements,
    written_placement,
)
from personalization.wiring import CoreSettings, open_kept

placements_app = typer.Typer(
    help="See and change the rows of the page: their sizes, titles and policies.",
    no_args_is_help=True,
)
NameArgument = Annotated[str, typer.Argument(help="The placement's name.")]
FileArgument = Annotated[
    Path,
    typer.Argument(
        help="JSON as `list --json` prints it; - reads it from standard input.",
        exists=True, dir_okay=False, allow_dash=True,
    ),
]  # fmt: skip
_STRATEGIES = "Where its products come from."
_FILTER = """What its products have to be, as JSON: '{"field": "brand", "is": ["Ours"]}'."""
_ON_PROFILE = "Whether each profile draws it; by default what has no strategy, filter and caps."


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
        sys.stdout.write(_json(encode_placements(newest.document)))
    else:
        _print(newest)


@placements_app.command("set")
def set_command(  # noqa: PLR0913 (each a part of the placement)
    name: NameArgument,
    size: Annotated[int, typer.Argument(help="How many products it shows.")],
    policy: Annotated[str, typer.Argument(help="Such as 'epsilon-greedy:epsilon=0.2'.")],
    *,
    title: Annotated[str, typer.Option(help="What stands above it.")] = "",
    strategy: Annotated[Strategy, typer.Option(help=_STRATEGIES)] = Strategy.PERSONAL,
    fallback: Annotated[
        list[Strategy] | None, typer.Option(help="What fills it up while it is short; several.")
    ] = None,
    filter_json: Annotated[str | None, typer.Option("--filter", help=_FILTER)] = None,
    cap: Annotated[
        list[str] | None, typer.Option(help="Such as 'brand=2', at most two of one; several.")
    ] = None,
    on_profile: Annotated[bool | None, typer.Option(help=_ON_PROFILE)] = None,
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Add a placement, or put it for the one of its name; decisions follow within seconds."""
    written = WrittenPlacement(
        name=name,
        size=size,
        policy=policy,
        title=title,
        strategy=strategy,
        fallbacks=tuple(fallback or ()),
        filter=None if filter_json is None else _filter_of(filter_json),
        caps=tuple(map(_cap_of, cap or ())),
        on_profile=on_profile,
    )
    _write(home, with_placement(decode_placement(msgspec.json.encode(written))), author)


@placements_app.command("show")
def show_command(name: NameArgument, *, home: HomeOption = Path("var")) -> None:
    """Print one placement as JSON."""
    with _open_editor(home) as editor:
        placement = placement_of_name(editor.newest().document, name)
    sys.stdout.write(_json(msgspec.json.encode(written_placement(placement))))


@placements_app.command("check")
def check_command(file: FileArgument, *, home: HomeOption = Path("var")) -> None:
    """Say whether the placements of a file could be written, and how they would be kept."""
    with _open_editor(home) as editor:
        placements = editor.check(decode_placements(_body(file)))
    sys.stdout.write(_json(encode_placements(placements)))


@placements_app.command("replace")
def replace_command(
    file: FileArgument, *, author: AuthorOption = None, home: HomeOption = Path("var")
) -> None:
    """Put the placements of a file in the place of all."""
    placements = decode_placements(_body(file))
    _write(home, lambda _: placements, author)


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
    table = titled_table(origin, ["name"], ["size"], ["policy", "strategy", "profile", "title"])
    for placement in newest.document:
        table.add_row(
            placement.name,
            str(placement.size),
            str(placement.policy),
            placement.strategy,
            "yes" if placement.on_profile else "no",
            placement.title,
        )
    Console().print(table)


def _json(document: bytes) -> str:
    return msgspec.json.format(document).decode() + "\n"


def _body(file: Path) -> bytes:
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


def _filter_of(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise InvalidPolicyError(f"The filter is no JSON object: {error}.") from error


def _cap_of(text: str) -> WrittenCap:
    field, equals, most = text.rpartition("=")
    if not (equals and most.isdecimal()):
        raise InvalidPolicyError(f"A cap is written as `brand=2`, not {text!r}.")
    return WrittenCap(field.strip(), int(most))
