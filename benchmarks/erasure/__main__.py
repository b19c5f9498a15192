"""Erasure and consent, measured: `python -m benchmarks.erasure drill|million|consent`."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.erasure.consent_cost import consent_cost
from benchmarks.erasure.drill import DrillSize, drill_files, drill_stack
from benchmarks.erasure.drill_lines import drill_lines
from benchmarks.erasure.many_ids import erase_many, many_lines

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
FolderOption = Annotated[
    Path | None, typer.Option(help="Kept folder; by default one that is removed.", file_okay=False)
]


@app.command("drill")
def drill_command(  # noqa: PLR0913 - each parameter is an option of the command
    *,
    stack: Annotated[bool, typer.Option("--stack", help="Over Kafka, Cassandra, Redis.")] = False,
    visits: Annotated[int, typer.Option(min=10, help="Visits of the shop.")] = 300,
    people: Annotated[int, typer.Option(min=1, help="People with three visits each.")] = 30,
    erased: Annotated[int, typer.Option(min=1, help="Visits of nobody to erase.")] = 20,
    night: Annotated[bool, typer.Option(help="With nights and unlearning.")] = True,
    seed: Annotated[int, typer.Option(help="Of the visits.")] = 7,
    folder: FolderOption = None,
) -> None:
    """Fill a shop, erase some visits and a person, and look for them in every place."""
    size = DrillSize(visits=visits, people=people, erased=erased, seed=seed)
    with _folder(folder) as used:
        report = (drill_stack if stack else drill_files)(used, size, night=night)
    for line in drill_lines(report):
        typer.echo(line)


@app.command("million")
def million_command(
    *,
    ids: Annotated[int, typer.Option(min=1_000, max=1_000_000, help="Lines.")] = 1_000_000,
    known: Annotated[int, typer.Option(min=1, help="Visits of the history among them.")] = 5_000,
    kill_after: Annotated[float, typer.Option(help="Seconds until a first run is killed.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Of the ids that nobody knows.")] = 7,
    folder: FolderOption = None,
) -> None:
    """Erase a file of very many visits beside a running service, and kill the command once."""
    with _folder(folder) as used:
        report = erase_many(used, ids, known, kill_after, seed)
    for line in many_lines(report):
        typer.echo(line)


@app.command("consent")
def consent_command(
    requests: Annotated[int, typer.Option(min=8, help="Of each kind in a round.")] = 1_600,
) -> None:
    """Compare the hot routes where somebody has spoken of consent and where nobody has."""
    for row in consent_cost(requests):
        typer.echo(f"{row.what}: {row.today:.2f} ({row.note})")
    typer.echo(f"Load: {os.getloadavg()[0]:.1f}")


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True)
        yield given
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


if __name__ == "__main__":
    app()
