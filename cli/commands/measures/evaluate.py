from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track

from cli.commands.import_ import TerminalProgress, progress_bar
from cli.options import HomeOption
from cli.reports.evaluation import print_json, print_quality, print_variety
from cli.reports.evaluation_intervals import print_differences, print_first_clicks, print_slices
from cli.reports.leave_one_out import print_worth, print_worth_json
from evaluation.comparison import RankingComparison
from evaluation.held_out import (
    SEQUENTIAL_RULES,
    HeldOutSplit,
    RankingResult,
    held_out_sessions,
    measure_baselines,
    sample_of,
    views_of,
)
from evaluation.leave_one_out import LeaveOneOut, parts_of
from evaluation.past_views import PastCollector
from evaluation.served_processes import RankingVariant, ServedRankings, open_rankings
from evaluation.served_ranking import SERVED, ServedResult, measure_rankings
from evaluation.variety import KnownShop
from evaluation.wiring import EvaluationResources, open_decider
from importers.options import ImportOptions
from importers.pair import read_pair
from importers.readings.options import FormatOptions, parse_columns
from importers.report import read_report
from personalization.domain.errors import ImportRejectedError, NoActiveGenerationError
from personalization.domain.tuning import Tuning
from personalization.wiring import CoreSettings

NOTHING_TO_EVALUATE = 1
HALF_A_PAIR = 2
_TICK = timedelta(milliseconds=1)


def evaluate_command(  # noqa: PLR0913 - each parameter is an option of the command
    *,
    home: HomeOption = Path("var"),
    train: Annotated[
        Path | None, typer.Option(help="Learn baselines from this file, not from the history.")
    ] = None,
    test: Annotated[Path | None, typer.Option(help="Ask the sessions of this file.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="A column's name in these files, as for `import`.")
    ] = None,
    no_header: Annotated[
        bool, typer.Option("--no-header", help="These files have no header, as for `import`.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(help="Evaluate this many held-out sessions only.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Evaluate a random sample of so many sessions.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the sample and of the intervals.")] = 7,
    tuning: Annotated[
        list[str] | None,
        typer.Option(
            help="Measure these settings too, such as `diversity=0.2,boost_new=0.1`; repeatable."
        ),
    ] = None,
    leave_one_out: Annotated[
        bool,
        typer.Option(
            "--leave-one-out",
            help="Measure what each part of the served ranking is worth, by leaving it out.",
        ),
    ] = False,
    jobs: Annotated[
        int, typer.Option(min=1, help="Rank sessions by so many processes; figures are the same.")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw what is printed into this PNG file.")
    ] = None,
) -> None:
    """Measure the served ranking on the sessions held out by `import`, or on a given pair of files.

    Every prefix of a session is a query: HR@20 and MRR@20 say how well its next product was
    foreseen, coverage, entropy and novelty how varied the lists are. The baselines see the same
    history and queries. With --tuning other settings are measured beside those of the environment.
    With --leave-one-out only the served ranking is: whole, and without each of its parts.
    """
    console = Console(stderr=as_json)
    settings = CoreSettings.of_home(home)
    tunings = {"": settings.tuning.tuning()}
    tunings |= {text: settings.tuning.with_changes(text).tuning() for text in tuning or ()}
    if (train is None) != (test is None):
        console.print("--train and --test belong together.")
        raise typer.Exit(HALF_A_PAIR)
    with open_decider(settings) as resources:
        if train is not None and test is not None:
            files = FormatOptions(columns=parse_columns(column or []), headless=no_header)
            split = _given_split(train, test, files, console)
        else:
            split = _kept_split(settings, resources, console)
        sessions = sample_of(islice(split.sessions, limit), sample, seed)
        if all(len(views_of(events)) == 1 for events in sessions):
            console.print("No held-out session has two views, so there is nothing to foresee.")
            raise typer.Exit(NOTHING_TO_EVALUATE)
        split = replace(split, sessions=sessions)
        with open_rankings(partial(open_decider, settings), resources, jobs) as rankings:
            if leave_one_out:
                shown = _Shown(console, as_json, plot)
                _leave_one_out(resources, rankings, split, tunings[""], seed, shown)
                return
            results = list(measure_baselines(split))
            served = _served_results(resources, rankings, split, tunings, console)
    for name, result in served.items():
        results += result.results(name)
    first_clicks = {found.name(text): found.first_clicks for text, found in served.items()}
    comparison = RankingComparison.of(split, results, first_clicks, seed)
    _report(results, served, comparison, console, as_json=as_json)
    if plot is not None:
        names = [result.name for result in results]
        _draw_into(plot, console, lambda plots, path: plots.draw(names, comparison, path))


def _given_split(train: Path, test: Path, files: FormatOptions, console: Console) -> HeldOutSplit:
    past = PastCollector()
    with progress_bar(console) as bar:
        progress = TerminalProgress(bar)
        try:
            pair = read_pair(train, test, past.add, ImportOptions(files=files), progress)
        except ImportRejectedError as error:
            console.print(f"[red]{escape(str(error))}")
            raise typer.Exit(NOTHING_TO_EVALUATE) from error
    views = past.collect()
    return HeldOutSplit(pair.sessions, views, KnownShop.of(pair.categories, views.sessions))


def _kept_split(
    settings: CoreSettings, resources: EvaluationResources, console: Console
) -> HeldOutSplit:
    file = settings.storage.held_out_file
    sessions = list(held_out_sessions(file))
    if not sessions:
        console.print(f"No held-out sessions in {file}: run `import` first.")
        raise typer.Exit(NOTHING_TO_EVALUATE)
    report = read_report(settings.storage.import_report_file)
    last = None if report is None else report.learned_until
    until = None if last is None else last + _TICK
    return HeldOutSplit.of(sessions, resources.history, resources.categories, until)


def _served_results(
    resources: EvaluationResources,
    rankings: ServedRankings,
    split: HeldOutSplit,
    tunings: dict[str, Tuning],
    console: Console,
) -> dict[str, ServedResult]:
    """Return what is served by each tuning; nothing where the home serves no such shop."""
    if not _serves(resources, split, console):
        return {}
    found: dict[str, ServedResult] = {}
    try:
        for text, changed in tunings.items():
            name = f"Served ranking {text}".strip()
            found[text] = _measure(rankings, RankingVariant(changed), split, name, console)
    except NoActiveGenerationError as error:
        console.print(f"{error} Only the baselines are measured.")
    return found


def _serves(resources: EvaluationResources, split: HeldOutSplit, console: Console) -> bool:
    if set(split.shop.categories) <= set(resources.categories):
        return True
    console.print(
        "The shop of the home folder lacks products of these files: only the baselines are"
        " measured. `import TRAIN --test TEST` and `nightly` make a shop of them."
    )
    return False


def _measure(
    rankings: ServedRankings,
    variant: RankingVariant,
    split: HeldOutSplit,
    name: str,
    console: Console,
) -> ServedResult:
    ranked = rankings.rank(variant, split.sessions)
    total = len(split.sessions)
    return measure_rankings(
        track(ranked, name, total=total, console=console, transient=True), split.shop
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    console: Console
    as_json: bool
    plot: Path | None


def _leave_one_out(
    resources: EvaluationResources,
    rankings: ServedRankings,
    split: HeldOutSplit,
    tuning: Tuning,
    seed: int,
    shown: _Shown,
) -> None:
    console = shown.console
    if not _serves(resources, split, console):
        raise typer.Exit(NOTHING_TO_EVALUATE)
    try:
        found = {
            name: _measure(rankings, RankingVariant(tuning, left_out), split, name, console)
            for name, left_out in parts_of(resources, split.sessions).items()
        }
    except NoActiveGenerationError as error:
        console.print(f"{error} There is no ranking to leave parts out of.")
        raise typer.Exit(NOTHING_TO_EVALUATE) from error
    comparison = LeaveOneOut.of(split, found, seed)
    if shown.as_json:
        print_worth_json(comparison)
    else:
        print_worth(console, comparison)
    if shown.plot is not None:
        _draw_into(shown.plot, console, lambda plots, path: plots.draw_worth(comparison, path))


def _report(
    results: list[RankingResult],
    served: dict[str, ServedResult],
    comparison: RankingComparison,
    console: Console,
    *,
    as_json: bool,
) -> None:
    if as_json:
        print_json(results, comparison)
        return
    print_quality(console, results, served.get(""), comparison)
    print_first_clicks(console, comparison)
    print_differences(console, results, comparison)
    name = SERVED if served else SEQUENTIAL_RULES
    print_slices(console, name, comparison)
    print_variety(console, results)


def _draw_into(path: Path, console: Console, draw: Callable[[ModuleType, Path], None]) -> None:
    try:
        plots = import_module("cli.plots.evaluation")
    except ImportError:
        console.print("--plot needs matplotlib: `pip install matplotlib`.")
        raise typer.Exit(NOTHING_TO_EVALUATE) from None
    draw(plots, path)
    console.print(f"Drawn: {path}")
