from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.options import HomeOption
from cli.pages.report_page import report_page
from personalization.exports.report.starvation import ExposureStanding, judge_groups
from personalization.settings.storage import StorageSettings

MOST_DAYS = 400


def report_command(
    *,
    home: HomeOption = Path("var"),
    days: Annotated[
        int, typer.Option(min=1, max=MOST_DAYS, help="Days up to the last one that has events.")
    ] = 30,
    out: Annotated[Path, typer.Option(dir_okay=False, help="The page that is written.")] = Path(
        "report.html"
    ),
) -> None:
    """Write a page about the last days: activity, exposure, funnel, revenue, tastes, drift.

    Days that are not in the tables of HOME yet are exported first (`fitting-room warehouse`), and
    counted by Spark. The page is one file that asks nobody for anything. docs/analysts.md.
    """
    # Spark's environment is large: only this command needs it.
    from nightly.report import make_report

    console = Console(stderr=True)
    with console.status("Looking at the history") as status:
        storage = StorageSettings(home=home)
        report = make_report(storage, days, datetime.now(UTC).date(), status.update)
    page = report_page(report)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, "utf-8")
    judged = judge_groups(report.figures.exposures)
    starved = [group.exposure for group in judged if group.standing is ExposureStanding.STARVED]
    for group in starved:
        console.print(
            f"Starved of impressions: {group.dimension.value} {group.group}", markup=False
        )
    console.print(f"{report.first_day} to {report.last_day}: {out}", markup=False)
