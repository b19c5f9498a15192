from importlib import import_module
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from rich.console import Console

from cli.options import HomeOption
from cli.reports.returning import print_returning, print_returning_json
from evaluation.held_out import held_out_sessions
from evaluation.returning import measure_returning, user_of
from evaluation.wiring import open_decider
from personalization.domain.errors import NoActiveGenerationError
from personalization.wiring import CoreSettings

NOTHING_TO_MEASURE = 1


def returning_command(
    *,
    home: HomeOption = Path("var"),
    sample: Annotated[
        int | None, typer.Option(min=1, help="Measure a random sample of so many visits.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the sample and of the intervals.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw what is printed into this PNG file.")
    ] = None,
) -> None:
    """Measure what knowing a shopper is worth: the ranking with their tastes beside the anonymous.

    Asked are the visits held out by `import` of people whom the active generation knows: the first
    page, before anything of the visit is known, and the whole visit. The shares of the tastes were
    fitted by the night, on days before any of these.
    """
    console = Console(stderr=as_json)
    settings = CoreSettings.of_home(home)
    held_out = held_out_sessions(settings.storage.held_out_file)
    sessions = [events for events in held_out if user_of(events)]
    if sample is not None and sample < len(sessions):
        sessions = Random(seed).sample(sessions, sample)
    if not sessions:
        console.print("No held-out visit names a user: `import` a data set that has them.")
        raise typer.Exit(NOTHING_TO_MEASURE)
    with open_decider(settings) as resources:
        try:
            found = measure_returning(resources.decider, resources.catalogue, sessions, seed)
        except (LookupError, NoActiveGenerationError) as error:
            console.print(f"{error.args[0] if error.args else error}")
            raise typer.Exit(NOTHING_TO_MEASURE) from error
    if as_json:
        print_returning_json(found)
    else:
        print_returning(console, found)
    if plot is not None:
        try:
            plots = import_module("cli.plots.returning")
        except ImportError:
            console.print("--plot needs matplotlib: `pip install matplotlib`.")
            raise typer.Exit(NOTHING_TO_MEASURE) from None
        plots.draw_returning(found, plot)
        console.print(f"Drawn: {plot}")
