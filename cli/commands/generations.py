import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from cli.tables import titled_table
from personalization.audit.recording import Auditor
from personalization.domain.errors import UnknownNameError
from personalization.priors.generation_service import (
    GenerationService,
    ListedGeneration,
    Promoted,
    ShownGeneration,
)
from personalization.settings.nightly import NightlySettings
from personalization.wiring import CoreSettings, open_kept

NOT_FOUND = 1

generations_app = typer.Typer(
    help="See the kept generations of priors, and make another one the active one.",
    no_args_is_help=True,
)
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A generation, as `list` shows it.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@generations_app.command("list")
def list_command(*, as_json: JsonOption = False, home: HomeOption = Path("var")) -> None:
    """List the kept generations, newest first."""
    with _open_generations(home) as generations:
        found = generations.list()
    if as_json:
        _print_json(found)
    elif found:
        Console().print(_list_table(found))
    else:
        Console().print("There is no generation yet: run `fitting-room nightly`.")


@generations_app.command("show")
def show_command(
    generation_id: IdArgument, *, as_json: JsonOption = False, home: HomeOption = Path("var")
) -> None:
    """Show what a generation was made of, its rows by table, and whether it could be promoted."""
    with _open_generations(home) as generations:
        found = generations.show(generation_id)
    if as_json:
        _print_json(found)
        return
    console = Console()
    for part in _parts_of(found):
        console.print(part)


@generations_app.command("promote")
def promote_command(
    generation_id: IdArgument,
    *,
    accept_smaller: Annotated[
        bool,
        typer.Option(
            "--accept-smaller", help="Promote also if it is much smaller than the active one."
        ),
    ] = False,
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Make a kept generation the active one; decisions go by it within seconds."""
    with _open_generations(home) as generations:
        signed = author_of(author)
        done = generations.promote(generation_id, signed, accept_smaller=accept_smaller)
    _say(done)


@generations_app.command("rollback")
def rollback_command(*, author: AuthorOption = None, home: HomeOption = Path("var")) -> None:
    """Go back to the generation that was made before the active one."""
    with _open_generations(home) as generations:
        done = generations.roll_back(author_of(author))
    _say(done)


@contextmanager
def _open_generations(home: Path) -> Iterator[GenerationService]:
    with open_kept(CoreSettings.of_home(home)) as kept:
        try:
            yield GenerationService(kept.priors, NightlySettings(), Auditor(kept.audit))
        except UnknownNameError as error:
            Console(stderr=True).print(str(error), soft_wrap=True)
            raise typer.Exit(NOT_FOUND) from None


def _say(done: Promoted) -> None:
    before = f", in place of {done.replaced}" if done.replaced else ""
    Console().print(f"{done.generation_id} is active{before}.", soft_wrap=True)


def _list_table(found: list[ListedGeneration]) -> Table:
    table = titled_table(
        "Generations, newest first", ["id", "ends on", "made (UTC)"], ["rows"], [""]
    )
    for generation in found:
        state = "active" if generation.active else "backfill" if generation.backfill else ""
        table.add_row(
            generation.generation_id,
            generation.run_date.isoformat(),
            f"{generation.created_at:%Y-%m-%d %H:%M}",
            f"{generation.rows:,}",
            state,
        )
    return table


def _parts_of(found: ShownGeneration) -> Iterator[Table | str]:
    generation = found.generation
    state = "active" if found.active else "not active"
    yield f"{generation.generation_id}, {state}, made {generation.created_at:%Y-%m-%d %H:%M} UTC"
    tables = titled_table("Rows", ["table"], ["rows"])
    for name, count in generation.rows_by_table.items():
        tables.add_row(name, f"{count:,}")
    for name, reason in generation.absent.items():
        tables.add_row(f"{name} ({reason})", "-")
    yield tables
    parameters = titled_table("Made of", ["parameter", "value"])
    for name, value in generation.parameters.items():
        parameters.add_row(name, value)
    yield parameters
    for name, fault in found.gate.items():
        yield f"Check of {name}: {fault or 'passed'}"


def _print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")
