from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.options import HomeOption
from cli.reports.gates import gates_report, refusal_report
from cli.reports.night_clock import NightClock
from cli.reports.nightly import failure_report, generation_report
from cli.reports.nightly_progress import ProgressDisplay
from nightly.night import check_input, check_run_date
from nightly.progress import read_progress
from nightly.quality.gate_reports import GateReports
from nightly.wiring import open_stores
from personalization.domain.errors import InvalidRunDateError, NothingToCountError
from personalization.domain.quality.gate import GateName
from personalization.priors.warehouse import OUTCOME, OUTCOME_FILE
from personalization.settings.nightly import NightlySettings
from personalization.settings.storage import StorageSettings
from stack.airflow import AirflowHome, AirflowMissingError
from stack.airflow_run import AirflowBusyError, lock_home, read_tail, run_dag

FAILED = 1
BUSY = 3
"""Exit code where another nightly run uses the same home folder."""
_DATE_FORMATS = ["%Y-%m-%d"]


def nightly_command(  # noqa: PLR0913 (each an option)
    *,
    home: HomeOption = Path("var"),
    run_date: Annotated[
        datetime | None,
        typer.Option(
            formats=_DATE_FORMATS,
            help="Last day counted, today at the latest; by default the newest of the history.",
        ),
    ] = None,
    promote: Annotated[
        bool,
        typer.Option("--promote", help="Promote also if it ends before the active generation."),
    ] = False,
    accept_smaller: Annotated[
        bool,
        typer.Option(
            "--accept-smaller", help="Promote also if it is much smaller than the active one."
        ),
    ] = False,
    accept: Annotated[
        list[GateName] | None,
        typer.Option(
            "--accept", help="A gate that was looked at: what it finds does not stop this night."
        ),
    ] = None,
    period_days: Annotated[
        int | None, typer.Option(min=1, help="Days the period T lasts, the run date included.")
    ] = None,
    trending_days: Annotated[
        int | None, typer.Option(min=1, help="Recent days that trending compares with before.")
    ] = None,
    minimum_support: Annotated[
        int | None, typer.Option(min=1, help="Shoppers a bundle or trend needs.")
    ] = None,
) -> None:
    """Make, check and promote one generation of priors.

    Runs the DAG `nightly_priors` in an Airflow of the home folder, which submits the Spark jobs.
    A generation that ends before the active one is a backfill: it is kept, and promoted only with
    --promote. Exits with 0 if the generation was promoted, or kept as a backfill; otherwise the
    previous one stays active.
    """
    console = Console()
    storage = StorageSettings(home=home)
    params: dict[str, str | bool | list[str]] = {
        **_params(run_date, promote=promote, accept_smaller=accept_smaller),
        "accept": [gate.value for gate in accept or ()],
    }
    asked = {
        "period_days": period_days,
        "trending_days": trending_days,
        "minimum_support": minimum_support,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    nightly = NightlySettings.model_validate({**NightlySettings().model_dump(), **given})
    try:
        clock, airflow = NightClock(), AirflowHome.of(storage, nightly)
    except AirflowMissingError as error:
        console.print(str(error))
        raise typer.Exit(FAILED) from None
    _refuse_nothing(storage, console)
    try:
        with lock_home(airflow) as lock, ProgressDisplay(console) as display:
            display.show([])
            GateReports(storage.warehouse).forget_last()
            exit_code = run_dag(
                airflow, params, lock, lambda: display.show(read_progress(airflow.progress_file))
            )
    except AirflowBusyError as error:
        console.print(str(error))
        raise typer.Exit(BUSY) from None
    if exit_code != 0:
        refusal = GateReports(storage.warehouse).last_refusal()
        if refusal is not None:
            console.print(refusal_report(refusal))
            raise typer.Exit(FAILED)
        lines = read_progress(airflow.progress_file)
        console.print(failure_report(lines, read_tail(airflow.log_file)))
        console.print(f"The whole log: {airflow.log_file}")
        raise typer.Exit(FAILED)
    outcome = OUTCOME.decode((storage.warehouse / OUTCOME_FILE).read_bytes())
    with open_stores(storage) as stores:
        generations = stores.priors.generations()
    made = next(made for made in generations if made.generation_id == outcome.generation_id)
    console.print(generation_report(made, outcome))
    judged = GateReports(storage.warehouse).of_generation(made.generation_id)
    if judged is not None:
        console.print(gates_report(judged))
    console.print(clock.sentence(storage.warehouse))


def _refuse_nothing(storage: StorageSettings, console: Console) -> None:
    """Say at once what Spark would find after minutes."""
    try:
        with open_stores(storage) as stores:
            check_input(stores)
    except NothingToCountError as error:
        console.print(str(error))
        raise typer.Exit(FAILED) from None


def _params(
    run_date: datetime | None, *, promote: bool, accept_smaller: bool
) -> dict[str, str | bool]:
    """Return the parameters of the DAG's run; refuse a day that is still to come."""
    params: dict[str, str | bool] = {"promote": promote, "accept_smaller": accept_smaller}
    if run_date is None:
        return params
    try:
        check_run_date(run_date.date(), datetime.now(UTC).date())
    except InvalidRunDateError as error:
        raise typer.BadParameter(str(error), param_hint="--run-date") from None
    return {**params, "run_date": run_date.date().isoformat()}
