import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from cli.reports.drift import drift_report
from cli.reports.gates import refusal_report, refusals_table, verdicts_table
from cli.tables import titled_table
from nightly.generations.comparison import compare_folders
from nightly.quality.gate_reports import GateReports
from personalization.audit.recording import Auditor
from personalization.domain.errors import UnknownNameError
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import Generation
from personalization.priors.gates.report import GateReport
from personalization.priors.generation_service import (
    GenerationService,
    ListedGeneration,
    Promoted,
    ShownGeneration,
)
from personalization.settings.nightly import NightlySettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept

NOT_FOUND = 1

generations_app = typer.Typer(
    help="See the kept generations of priors, and make another one the active one.",
    no_args_is_help=True,
)


@dataclass(frozen=True, slots=True)
class _ShownWithGates:
    """What `show --json` prints: of a generation by an earlier release `gates` is null."""

    generation: Generation
    active: bool
    gate: Mapping[str, str | None]
    gates: GateReport | None


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
    if not as_json and _reports(home).last_refusal() is not None:
        Console().print("The last night was refused: see `fitting-room generations refused`.")


@generations_app.command("show")
def show_command(
    generation_id: IdArgument, *, as_json: JsonOption = False, home: HomeOption = Path("var")
) -> None:
    """Show what a generation was made of, its rows by table, and what the gates say of it."""
    with _open_generations(home) as generations:
        found = generations.show(generation_id)
    judged = _reports(home).of_generation(found.generation.generation_id)
    if as_json:
        _print_json(_ShownWithGates(found.generation, found.active, found.gate, judged))
        return
    console = Console()
    for part in _parts_of(found):
        console.print(part)
    if judged is not None:
        console.print(verdicts_table(judged))


@generations_app.command("diff")
def diff_command(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="The older generation's id.")],
    now: Annotated[str, typer.Argument(metavar="NOW", help="The newer generation's id.")],
    *,
    as_json: JsonOption = False,
    home: HomeOption = Path("var"),
) -> None:
    """Show what rose and what fell from one kept generation to another, and by how much."""
    warehouse = StorageSettings(home=home).warehouse
    try:
        drift = compare_folders(warehouse, GenerationId(before), GenerationId(now))
    except UnknownNameError as error:
        Console(stderr=True).print(str(error), soft_wrap=True)
        raise typer.Exit(NOT_FOUND) from None
    if as_json:
        _print_json(drift)
        return
    console = Console()
    for part in drift_report(drift):
        console.print(part)


@generations_app.command("refused")
def refused_command(*, as_json: JsonOption = False, home: HomeOption = Path("var")) -> None:
    """Show the nights that gates have stopped, and what was wrong with the last one."""
    refusals = _reports(home).refusals()
    if as_json:
        _print_json(refusals)
    elif refusals:
        console = Console()
        console.print(refusals_table(refusals))
        console.print(refusal_report(refusals[0]))
    else:
        Console().print("No night was refused.")


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


def _reports(home: Path) -> GateReports:
    return GateReports(StorageSettings(home=home).warehouse)


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
