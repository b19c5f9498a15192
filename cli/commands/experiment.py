import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from cli.commands.experiment_options import arm_of, fields_of_file, guardrail_of, shadows_of
from cli.commands.measures.shadow_report import shadow_report_command
from cli.commands.rule_options import author_of
from cli.options import HomeOption
from cli.reports.experiment import lines_of, report_of
from evaluation.wiring import open_experiments
from personalization.experiments.experiment import (
    MINIMAL_EFFECT,
    PLANNED_UNITS,
    WINDOW_SECONDS,
    Unit,
)
from personalization.experiments.metric import Metric
from personalization.wiring import CoreSettings

NOT_DRAWN = 1
experiment_app = typer.Typer(
    help="Ask shoppers which of several ways to rank is better, and stop what loses.",
    no_args_is_help=True,
)
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The experiment's id.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@experiment_app.command("start")
def start_command(  # noqa: PLR0913 - an option each
    file: Annotated[
        Path | None, typer.Argument(help="The experiment as JSON; options come on top of it.")
    ] = None,
    *,
    home: HomeOption = Path("var"),
    experiment_id: Annotated[str | None, typer.Option("--id", help="A name of your own.")] = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(
            help="'NAME SHARE [policy.PLACEMENT=SPEC] [tuning.NAME=NUMBER] [model=SNAPSHOT]'; "
            "the first one is the control."
        ),
    ] = None,
    unit: Annotated[
        Unit | None, typer.Option(help="Who is in one arm as a whole.", show_default=Unit.SESSION)
    ] = None,
    primary: Annotated[
        Metric | None, typer.Option(help="The metric that decides.", show_default=Metric.CTR)
    ] = None,
    guardrail: Annotated[
        list[str] | None, typer.Option(help="'METRIC=LARGEST LOSS', such as conversion=0.05.")
    ] = None,
    shadow: Annotated[
        list[str] | None, typer.Option(help="'PLACEMENT=SPEC', computed and never shown.")
    ] = None,
    minimal_effect: Annotated[
        float | None,
        typer.Option(
            help="Smallest effect that matters, relative.", show_default=str(MINIMAL_EFFECT)
        ),
    ] = None,
    planned_units: Annotated[
        int | None,
        typer.Option(
            help="Units of two arms at which intervals are to be narrowest.",
            show_default=str(PLANNED_UNITS),
        ),
    ] = None,
    window_seconds: Annotated[
        float | None,
        typer.Option(
            help="How long a unit is watched from its first exposure on.",
            show_default=str(WINDOW_SECONDS),
        ),
    ] = None,
) -> None:
    """Start an experiment, written in a file or by options; serving takes it up by itself."""
    written = fields_of_file(file) if file is not None else {}
    given = {
        "experiment_id": experiment_id,
        "arms": [arm_of(text) for text in arm or ()] or None,
        "guardrails": [guardrail_of(text) for text in guardrail or ()] or None,
        "shadows": shadows_of(shadow or ()) or None,
        "unit": unit,
        "primary": primary,
        "minimal_effect": minimal_effect,
        "planned_units": planned_units,
        "window_seconds": window_seconds,
    }
    fields = {**written, **{name: value for name, value in given.items() if value is not None}}
    with open_experiments(CoreSettings.of_home(home)) as experiments:
        experiment = experiments.start(fields, author_of(None))
    Console().print(
        f"Started {experiment.experiment_id}: "
        + ", ".join(f"{arm.name} {arm.share:.0%}" for arm in experiment.arms)
        + f". See it by `fitting-room experiment report {experiment.experiment_id}`."
    )


@experiment_app.command("list")
def list_command(*, home: HomeOption = Path("var")) -> None:
    """List all experiments, ended ones too."""
    with open_experiments(CoreSettings.of_home(home)) as experiments:
        book = experiments.editor.book()
    console = Console()
    if not book.experiments:
        console.print("There is no experiment yet: `fitting-room experiment start --help`.")
        return
    table = Table("experiment", "state", "since", "unit", "primary", "arms", "shadows")
    for experiment in book.experiments:
        table.add_row(
            experiment.experiment_id,
            "running" if experiment.running else "ended",
            f"{experiment.started_at:%Y-%m-%d %H:%M}",
            experiment.unit,
            experiment.primary,
            ", ".join(
                f"{arm.name} {arm.share:.0%}"
                f"{' (stopped)' if experiment.stopped_at(arm.name) else ''}"
                for arm in experiment.arms
            ),
            ", ".join(spec for several in experiment.shadows.values() for spec in several) or "-",
        )
    console.print(table)


@experiment_app.command("report")
def report_command(
    experiment_id: IdArgument,
    *,
    home: HomeOption = Path("var"),
    json: JsonOption = False,
    plot: Annotated[Path | None, typer.Option(help="Draw the intervals into this PNG.")] = None,
) -> None:
    """Show an experiment's arms, metrics, intervals, guardrails, and what may be concluded."""
    console = Console(stderr=json)
    with open_experiments(CoreSettings.of_home(home)) as experiments:
        with console.status("Reading what was seen and done"):
            conclusion = experiments.conclude(experiment_id)
        if json:
            report = msgspec.json.encode(experiments.report_of(conclusion)).decode()
            sys.stdout.write(report + "\n")
        else:
            for part in report_of(conclusion, experiments.product_count()):
                console.print(part)
    if plot is not None:
        try:
            from cli.plots.experiment import draw
        except ImportError:
            console.print("--plot needs matplotlib: `pip install matplotlib`.")
            raise typer.Exit(NOT_DRAWN) from None
        draw(conclusion, plot)
        console.print(f"Drawn: {plot}")


@experiment_app.command("stop")
def stop_command(
    experiment_id: IdArgument,
    *,
    home: HomeOption = Path("var"),
    arm: Annotated[
        str | None, typer.Option(help="Stop this arm only; its units fall to the control.")
    ] = None,
) -> None:
    """End an experiment, or stop one of its arms."""
    with open_experiments(CoreSettings.of_home(home)) as experiments:
        experiments.stop(experiment_id, arm, author_of(None))
    Console().print(f"Stopped {arm or experiment_id}.")


@experiment_app.command("check")
def check_command(*, home: HomeOption = Path("var")) -> None:
    """Stop every arm that loses or breaks a guardrail; the DAG `experiments` runs this hourly."""
    console = Console()
    with open_experiments(CoreSettings.of_home(home)) as experiments:
        with console.status("Reading what was seen and done"):
            checked = experiments.check()
        if not checked:
            console.print("No experiment is running.")
        for result in checked:
            console.print(f"[bold]{result.conclusion.experiment.experiment_id}[/]")
            for line in lines_of(result.conclusion):
                console.print(f"  {line}")
            for stop in result.stopped:
                console.print(f"  [bold red]Stopped {stop.arm}[/]: {stop.reason}")


experiment_app.command("shadow-report")(shadow_report_command)
