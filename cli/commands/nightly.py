from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.options import HomeOption
from cli.reports.nightly import failure_report, generation_report
from cli.reports.nightly_progress import ProgressDisplay
from dags.tasks.progress import read_progress
from dags.wiring import DAGS_FOLDER, open_stores
from personalization.settings.nightly import NightlySettings
from personalization.settings.storage import StorageSettings
from stack.airflow import AirflowHome
from stack.airflow_run import AirflowBusyError, lock_home, read_tail, run_dag

FAILED = 1
BUSY = 3
"""Exit code where another nightly run uses the same home folder."""
_DATE_FORMATS = ["%Y-%m-%d"]


def nightly_command(
    *,
    home: HomeOption = Path("var"),
    run_date: Annotated[
        datetime | None,
        typer.Option(
            formats=_DATE_FORMATS, help="Last day counted; by default the newest of the history."
        ),
    ] = None,
    period_days: Annotated[
        int | None, typer.Option(min=1, help="Days the period T lasts, the run date included.")
    ] = None,
    trending_days: Annotated[
        int | None, typer.Option(min=1, help="Recent days that trending compares with before.")
    ] = None,
    minimum_support: Annotated[
        int | None, typer.Option(min=1, help="Observations a bundle or trend needs.")
    ] = None,
) -> None:
    """Make, check and promote one generation of priors.

    Runs the DAG `nightly_priors` in an Airflow of the home folder, which submits the Spark jobs.
    Exits with 0 only if the generation was promoted; otherwise the previous one stays active.
    """
    console = Console()
    storage = StorageSettings(home=home)
    asked = {
        "period_days": period_days,
        "trending_days": trending_days,
        "minimum_support": minimum_support,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    nightly = NightlySettings.model_validate({**NightlySettings().model_dump(), **given})
    airflow = AirflowHome.of(storage, nightly, DAGS_FOLDER)
    try:
        with lock_home(airflow) as lock, ProgressDisplay(console) as display:
            display.show([])
            day = run_date.date().isoformat() if run_date else None
            exit_code = run_dag(
                airflow, day, lock, lambda: display.show(read_progress(airflow.progress_file))
            )
    except AirflowBusyError as error:
        console.print(str(error))
        raise typer.Exit(BUSY) from None
    if exit_code != 0:
        lines = read_progress(airflow.progress_file)
        console.print(failure_report(lines, read_tail(airflow.log_file)))
        console.print(f"The whole log: {airflow.log_file}")
        raise typer.Exit(FAILED)
    with open_stores(storage) as stores:
        active = stores.priors.active()
    if active is not None:
        console.print(generation_report(active))
