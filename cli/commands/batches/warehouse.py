from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.options import HomeOption
from cli.tables import titled_table
from personalization.domain.consent import ConsentPurpose
from personalization.exports.day_export import DayExport, TableDay
from personalization.exports.day_file import FileOutcome
from personalization.wiring import CoreSettings, open_checked

NOTHING_THERE = 1


class ExportPurpose(StrEnum):
    MEASURE = ConsentPurpose.MEASURE.value
    SHARE = ConsentPurpose.SHARE.value


SHOWN_DAYS = 60
_DATE_FORMATS = ["%Y-%m-%d"]


def warehouse_command(
    *,
    home: HomeOption = Path("var"),
    out: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Folder of the tables, by default HOME/tables."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=_DATE_FORMATS,
            help="First UTC day; by default what is not there yet, and the last three days.",
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=_DATE_FORMATS, help="Last UTC day; yesterday at the latest."),
    ] = None,
    purpose: Annotated[
        ExportPurpose,
        typer.Option(
            "--for",
            help="What shoppers must have agreed to: measure for the shop's own reports, share for "
            "a copy that is handed on.",
        ),
    ] = ExportPurpose.MEASURE,
) -> None:
    """Write events, decisions, slates and profiles as Parquet tables by day.

    A day is written whole, and only where it has changed; docs/warehouse.md has the columns. Exit
    code 1 if there was no day to write.
    """
    settings = CoreSettings.of_home(home)
    folder = out or settings.storage.tables
    with open_checked(settings) as kept:
        agreed = ConsentPurpose(purpose.value)
        export = DayExport(kept.history, kept.decisions, folder, agreed)
        days = export.days(_day(since), _day(until), datetime.now(UTC).date())
        written = _write(export, days)
    console = Console()
    if not days:
        console.print("There is no whole day to write: today's is written tomorrow.")
        raise typer.Exit(NOTHING_THERE)
    _print(console, written, folder)


def _write(export: DayExport, days: list[date]) -> list[TableDay]:
    columns = (
        TextColumn("Writing days"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    written: list[TableDay] = []
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(days))
        for table in export.write(days):
            written.append(table)
            bar.update(task, completed=len({table.day for table in written}))
    return written


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


def _print(console: Console, written: list[TableDay], folder: Path) -> None:
    table = titled_table(f"Tables in {folder}", ["day", "table"], ["rows"], ["file"])
    filled = [item for item in written if item.outcome is not FileOutcome.EMPTY]
    for item in filled[-SHOWN_DAYS:]:
        table.add_row(item.day.isoformat(), item.table, f"{item.rows:,}", item.outcome.value)
    console.print(table)
    if len(filled) > SHOWN_DAYS:
        console.print(f"and {len(filled) - SHOWN_DAYS:,} files before.")
