from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from cli.options import HomeOption
from cli.reports.evaluation import print_json, print_quality, print_variety
from evaluation.held_out import HeldOutSplit, held_out_sessions, measure_baselines, sample_of
from evaluation.served_ranking import measure_decisions
from evaluation.wiring import open_decider
from personalization.wiring import CoreSettings

NOTHING_TO_EVALUATE = 1

TuningOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Measure these settings too, such as `diversity=0.2,boost_new=0.1`; repeatable."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")]


def evaluate_command(
    *,
    home: HomeOption = Path("var"),
    limit: Annotated[
        int | None, typer.Option(help="Evaluate this many held-out sessions only.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Evaluate a random sample of so many sessions.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the sample.")] = 7,
    tuning: TuningOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the served ranking on the sessions held out by `import`.

    Every prefix of a session is a query: HR@20 and MRR@20 say how well its next product was
    foreseen, coverage, entropy and novelty how varied the lists are. The baselines see the same
    history and queries. With --tuning other settings are measured beside those of the environment.
    """
    console = Console(stderr=as_json)
    settings = CoreSettings.of_home(home)
    others = {text: settings.tuning.with_changes(text).tuning() for text in tuning or ()}
    file = settings.storage.held_out_file
    sessions = sample_of(islice(held_out_sessions(file), limit), sample, seed)
    if not sessions:
        console.print(f"No held-out sessions in {file}: run `import` first.")
        raise typer.Exit(NOTHING_TO_EVALUATE)
    with open_decider(settings) as resources:
        split = HeldOutSplit.of(sessions, resources.history, resources.categories)
        results = list(measure_baselines(split))
        served = []
        for text, changed in {"": settings.tuning.tuning(), **others}.items():
            name = f"Served ranking {text}".strip()
            progress = track(split.sessions, name, console=console, transient=True)
            decider = resources.decider.with_tuning(changed)
            served.append(measure_decisions(decider, resources.catalogue, progress, split.shop))
            results += served[-1].results(text)
    if as_json:
        print_json(results)
        return
    print_quality(console, results, served[0])
    print_variety(console, results)
