import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.options import HomeOption
from personalization.batch_wiring import BatchOrder, begin_batch, make_parts
from personalization.domain.clock import in_utc
from personalization.domain.errors import InvalidRowError
from personalization.recommendations.batches.batch_folder import BatchFolder, BatchReport
from personalization.recommendations.batches.batch_job import (
    PEOPLE_PER_PART,
    BatchJob,
    ListFormat,
)
from personalization.settings.storage import StorageSettings

NOBODY_THERE = 1
LOOK_SECONDS = 0.5


def recommend_command(  # noqa: PLR0913 (each an option)
    *,
    audience: Annotated[
        str,
        typer.Option(help="A file of user ids, or CSV with user_id or session_id; all; since:DAYS"),
    ],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder that is written whole.")],
    placement: Annotated[str | None, typer.Option(help="Whose strategy, filter, size.")] = None,
    strategy: Annotated[str | None, typer.Option(help="Instead of the placement's.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Products of each list.")] = None,
    wanted: Annotated[
        str, typer.Option("--filter", help='JSON, such as {"field": "price", "at_most": 50}.')
    ] = "",
    list_format: Annotated[ListFormat, typer.Option("--format")] = ListFormat.PARQUET,
    executors: Annotated[
        str, typer.Option(help="Number of processes, or a Spark master such as local[2].")
    ] = "1",
    at: Annotated[
        datetime | None, typer.Option(help="The moment it is made for, UTC; by default now.")
    ] = None,
    keep: Annotated[
        bool, typer.Option(help="Keep the decisions, so that clicks can be explained and learned.")
    ] = True,
    resume: Annotated[bool, typer.Option("--resume", help="Go on after a kill.")] = False,
    home: HomeOption = Path("var"),
) -> None:
    """Write recommendations for many people, such as an e-mail's, by the code that answers pages.

    Everybody's list is one of the same generation, model and rules, and of one moment; a rerun with
    the same --at writes the same files. docs/email.md has the columns. Exit code 1 if there was
    nobody to write for.
    """
    order = BatchOrder(
        audience=audience,
        placement=placement,
        strategy=strategy,
        count=count,
        filter=wanted,
        format=list_format,
        keep=keep,
    )
    folder = BatchFolder(out)
    with folder.alone():
        moment = in_utc((at or datetime.now(UTC)).replace(tzinfo=UTC))
        job = _interrupted_job(folder, order) if resume else None
        if job is None:
            job = begin_batch(order, StorageSettings(home=home), out, moment)
        _make(folder, job, executors)
        report = folder.finish(job)
    _print(Console(), report, out)
    if report.counts.people == 0:
        raise typer.Exit(NOBODY_THERE)


def _interrupted_job(folder: BatchFolder, order: BatchOrder) -> BatchJob | None:
    """Return the job that was interrupted; raises `InvalidRowError` where another was asked for."""
    job = folder.interrupted_job()
    if job is not None and (job.placement, job.count, job.format, job.keep) != (
        order.placement,
        order.count,
        order.format,
        order.keep,
    ):
        raise InvalidRowError(f"{folder.work_folder} is of another call: leave --resume out.")
    return job


def _make(folder: BatchFolder, job: BatchJob, executors: str) -> None:
    parts = list(folder.lacking(job))
    columns = (
        TextColumn("Recommending"), BarColumn(), TextColumn("{task.completed:,}/{task.total:,}"),
        TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    before, began = len(folder.whole_parts()), time.monotonic()
    with (
        ThreadPoolExecutor(1) as pool,
        Progress(*columns, console=Console(stderr=True), transient=True) as bar,
    ):
        task = bar.add_task("", total=job.parts * PEOPLE_PER_PART, rate="")
        making: Future[None] = pool.submit(_run, job, parts, executors)
        while not making.done():
            done = len(folder.whole_parts())
            rate = (done - before) * PEOPLE_PER_PART / max(time.monotonic() - began, 1e-9)
            bar.update(task, completed=done * PEOPLE_PER_PART, rate=f"{rate:,.0f} people/s")
            time.sleep(LOOK_SECONDS)
        making.result()


def _run(job: BatchJob, parts: list[int], executors: str) -> None:
    if executors.isdecimal():
        make_parts(job, parts, max(1, int(executors)))
        return
    from spark_jobs.jobs.recommend import make_on_spark

    make_on_spark(job, parts, executors)


def _print(console: Console, report: BatchReport, out: Path) -> None:
    counts, audience = report.counts, report.audience
    listed = counts.people - counts.left_out - counts.without_products
    console.print(f"{counts.rows:,} rows for {listed:,} of {counts.people:,} people in {out}")
    for number, words in (
        (counts.unknown, "of them unknown: their rows are what suits all"),
        (counts.left_out, "left out: they refuse to be chosen for"),
        (counts.without_products, "without any product that may be shown"),
        (audience.nameless, "left out: no id of the shop is kept of them"),
        (audience.repeated, "lines named somebody again, and were skipped"),
        (audience.bad, "lines named nobody, and were skipped:"),
    ):
        if number:
            console.print(f"{number:,} {words}")
    for fault in audience.faults:
        console.print(f"  {fault}", markup=False)
