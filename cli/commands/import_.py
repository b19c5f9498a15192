import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TaskID, TextColumn
from rich.table import Table

from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from cli.tables import titled_table
from importers.loaders.generated_visits import NAME as GENERATED_VISITS
from importers.options import Holdout, ImportOptions, ImportStores
from importers.readings.options import format_options, parse_columns
from importers.report import ImportReport
from importers.run import import_dataset
from importers.wiring import import_stores
from personalization.domain.errors import (
    FeedUnavailableError,
    ImportRejectedError,
    StoreUnavailableError,
)
from personalization.settings.storage import StorageSettings
from stack.lineage import record_import

ROWS_REJECTED = 3
"""Exit code of an import that kept what it could and rejected rows."""
STORE_FAILED = 2
"""Exit code where a store cannot be written, most often for lack of disk space."""
_PARTS = 1000
"""A bar's length; what has passed is known as a fraction."""


class TerminalProgress:
    """A bar with percent and rows a second."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def stage(self, title: str) -> None:
        self._task = self._bar.add_task(title, total=_PARTS, rows=0, speed=0)

    def advance(self, rows: int, fraction: float) -> None:
        if self._task is None:
            return
        seconds = self._time_of(self._task).total_seconds() or 1.0
        self._bar.update(
            self._task, completed=fraction * _PARTS, rows=rows, speed=round(rows / seconds)
        )

    def _time_of(self, task_id: TaskID) -> timedelta:
        task: Task = next(task for task in self._bar.tasks if task.id == task_id)
        return timedelta(seconds=task.elapsed or 0.0)


def import_command(  # noqa: PLR0913 - each parameter is an option of the command
    source: Annotated[
        Path | None,
        typer.Argument(
            help="File or folder: CSV, TSV, JSON lines, .gz of them, .xlsx or parquet. Without it"
            " the public clothing shop of 2008 is fetched, or a small one generated if that fails."
        ),
    ] = None,
    *,
    url: Annotated[
        str | None,
        typer.Option(help="Address of a feed, of a host in FITTING_ROOM_FEEDS_ALLOWED_HOSTS."),
    ] = None,
    feed: Annotated[
        str | None, typer.Option(help="Name of a feed in FITTING_ROOM_FEEDS_SOURCES.")
    ] = None,
    dataset_format: Annotated[
        str | None, typer.Option("--format", help="Name of the format; default: by its columns.")
    ] = None,
    test: Annotated[
        Path | None,
        typer.Option(help="File whose sessions are held out, in place of the newest of SOURCE."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            "--column",
            help="What a column is and its name in the files, such as price=RRP; repeatable.",
        ),
    ] = None,
    no_header: Annotated[
        bool,
        typer.Option("--no-header", help="Text files have no header: columns are called 1, 2, 3."),
    ] = False,
    holdout_sessions: Annotated[
        float | None,
        typer.Option(min=0.0, max=0.9, help="Keep this part of the sessions, the newest."),
    ] = None,
    holdout_days: Annotated[
        int | None,
        typer.Option(min=0, help="Keep the sessions of the last N days for replay; 0: none."),
    ] = None,
    holdout_fraction: Annotated[
        float | None,
        typer.Option(min=0.0, max=0.9, help="Keep the newest part of the days for replay."),
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="Sign before the fraction of numbers: point or comma.")
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option(
            help="What dates are: dmy, mdy or ymd; for bare numbers seconds, milliseconds or excel."
        ),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of text files, such as windows-1252 or utf-16.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="Of all prices: a code of ISO 4217 such as EUR.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Sign between the columns of text files, or the word tab.")
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="The files are the whole catalogue: retire the products they lack."
        ),
    ] = False,
    partial: Annotated[
        bool,
        typer.Option("--partial", help="Retire nothing, as without --full.", hidden=True),
    ] = False,
    retire_all: Annotated[
        bool,
        typer.Option(
            "--force-shrink", "--retire-all", help="As --full, even if most products are missing."
        ),
    ] = False,
    add_products: Annotated[
        bool,
        typer.Option(
            "--add-products", help="Put products of events that the catalogue lacks into it."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")
    ] = False,
    pictures: Annotated[
        Path | None,
        typer.Option(
            help="Folder or tar file with pictures of products that have none, called by their"
            " ids: ID.jpg, .jpeg, .png or .webp."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Keep nothing if any row is rejected.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Read at most so many rows.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the generated shop.")] = 7,
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Read a data set into the catalogue and the history, and report what was refused.

    The files themselves say how numbers, dates and text are written; what could be read in two
    ways is refused until an option says which. Ends with 0 if every row was taken, 3 if rows were
    rejected (or too many products to retire them are missing) and the others kept, 1 if nothing
    was imported, 2 if a store failed or a feed cannot be fetched now.
    """
    storage = StorageSettings(home=home)
    console = Console()
    try:
        options = ImportOptions(
            storage=storage,
            format=dataset_format,
            test=test,
            holdout=_holdout(holdout_days, holdout_fraction, holdout_sessions),
            limit=limit,
            seed=seed,
            strict=strict,
            full=(full or retire_all) and not partial,
            retire_all=retire_all,
            dry_run=dry_run,
            pictures=pictures,
            add_products=add_products,
            author=author_of(author),
            files=replace(
                format_options(
                    decimal=decimal,
                    dates=dates,
                    encoding=encoding,
                    currency=currency,
                    delimiter=delimiter,
                ),
                columns=parse_columns(column or []),
                headless=no_header,
            ),
        )
        with progress_bar(console) as bar, import_stores(storage) as stores:
            report = _import(source, url, feed, (stores, options), TerminalProgress(bar))
    except ImportRejectedError as error:
        console.print(f"[red]{escape(str(error))}")
        raise typer.Exit(1) from error
    except FeedUnavailableError as error:
        console.print(f"[red]{escape(str(error))} Nothing was imported; try again later.")
        raise typer.Exit(STORE_FAILED) from error
    except StoreUnavailableError as error:
        console.print(f"[red]{escape(str(error))}")
        console.print("What was imported so far is kept; the same command goes on from there.")
        raise typer.Exit(STORE_FAILED) from error
    if report is None:
        console.print("The feed has not changed since it was imported.")
        return
    _record_lineage(console, report, source, storage)
    show_report(console, report, storage)
    if report.rows_rejected or report.retirement_refused:
        raise typer.Exit(ROWS_REJECTED)


def _import(
    source: Path | None,
    url: str | None,
    name: str | None,
    into: tuple[ImportStores, ImportOptions],
    progress: TerminalProgress,
) -> ImportReport | None:
    """Import files, or a feed; return None for a feed that has not changed."""
    stores, options = into
    if sum(given is not None for given in (source, url, name)) > 1:
        raise ImportRejectedError("Give a file or folder, --url or --feed: one of them.")
    if url is None and name is None:
        return import_dataset(source, stores, options, progress)
    from importers.feeds.feed_import import feed_at, feed_of, import_feed
    from personalization.settings.feeds import FeedSettings

    settings = FeedSettings()
    feed = feed_of(name, settings) if name is not None else feed_at(str(url))
    return import_feed(feed, stores, options, settings, progress)


def _record_lineage(
    console: Console, report: ImportReport, source: Path | None, storage: StorageSettings
) -> None:
    """Leave the event of an import; a full disk takes nothing from what was imported."""
    if report.dry_run:
        return
    try:
        record_import(
            storage.airflow,
            os.environ,
            dataset=report.dataset,
            source=report.source if source is None else str(source.resolve()),
            rows={"history": report.events, "catalogue": report.products},
            ended_at=datetime.now(UTC),
        )
    except OSError as error:
        console.print(f"[yellow]Its event of lineage was not written: {escape(str(error))}")


def show_report(console: Console, report: ImportReport, storage: StorageSettings) -> None:
    for told, line in (
        (report.generated, f"[bold yellow]{_origin_notice(report)}"),
        (report.dry_run, "[bold]Nothing was written: this is what the import would do."),
    ):
        if told:
            console.print(line)
    console.print(_count_table(report))
    for name, reading in report.readings.items():
        console.print(f"[dim]read as:[/dim] {escape(name)}: {escape(reading)}")
    if report.rejected:
        console.print(_rejection_table(report))
        where = "this is a dry run" if report.dry_run else storage.home / report.rejected_file
        console.print(f"Rejected rows: {where}")
    for name, count in report.ignored.items():
        console.print(f"[dim]note:[/dim] {escape(name)} ({count:,} times)")
    for note in report.notes:
        console.print(f"[dim]note:[/dim] {escape(note)}")
    for what, why in report.absent.items():
        console.print(f"[yellow]no {escape(what)}:[/yellow] {escape(why)}")


def _origin_notice(report: ImportReport) -> str:
    if report.dataset == GENERATED_VISITS:
        return "These visits are generated: no shopper in them is real."
    return "This shop is generated: nothing in it is real."


def _holdout(days: int | None, fraction: float | None, sessions: float | None) -> Holdout | None:
    if sessions is not None:
        return Holdout(sessions=sessions)
    if days is not None:
        return Holdout(days=days)
    return None if fraction is None else Holdout(fraction=fraction)


def progress_bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rows]:,} rows, {task.fields[speed]:,} rows/s"),
        console=console,
    )


def _count_table(report: ImportReport) -> Table:
    table = titled_table(
        f"{report.title}: {report.source}",
        ["would be imported" if report.dry_run else "imported"],
        ["count"],
    )
    table.add_row("rows read", f"{report.rows_read:,}")
    table.add_row("rows rejected", f"{report.rows_rejected:,}")
    table.add_row("products", f"{report.products:,}")
    table.add_row("new products", f"{report.new_products:,}")
    table.add_row("changed products", f"{report.changed_products:,}")
    for name, count in report.changed_fields.items():
        table.add_row(f"  another {name}", f"{count:,}")
    if report.pictures:
        table.add_row("pictures", f"{report.pictures:,}")
        table.add_row("  new files", f"{report.new_pictures:,}")
    if report.retired:
        table.add_row("products retired", f"{report.retired:,}")
    table.add_row("categories", f"{report.categories:,}")
    table.add_row("sessions", f"{report.sessions:,}")
    for kind, count in report.events_by_type.items():
        table.add_row(f"events: {kind}", f"{count:,}")
    table.add_row("events in the history", f"{report.events:,}")
    if report.held_back_from is not None:
        kept = f"{report.held_back_events:,} in {report.held_back_sessions:,} sessions"
        table.add_row(f"held out from {report.held_back_from:%d %b %Y %H:%M}", kept)
    table.add_row("seconds", f"{report.seconds:,.1f}")
    return table


def _rejection_table(report: ImportReport) -> Table:
    table = titled_table("rejected", ["reason"], ["rows"], ["for example"])
    for reason, rejection in sorted(report.rejected.items(), key=lambda item: -item[1].count):
        examples = "; ".join(f"{each.row}: {each.detail}" for each in rejection.examples)
        table.add_row(escape(reason), f"{rejection.count:,}", escape(examples))
    return table
