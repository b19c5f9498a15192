"""One import from beginning to end."""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Protocol

from importers.generated.shop import NAME as GENERATED
from importers.generated.shop import GeneratedPlan
from importers.held_out import NOTHING_YET, HeldOutSessions
from importers.options import Holdout, ImportOptions, ImportStores
from importers.progress import Progress
from importers.public_shop import FILE_NAME, fetch_public_shop, fetched_within
from importers.reading import FilePlan
from importers.rejection import RejectedRows
from importers.report import ImportReport, read_report, write_report
from importers.retirement import MOST_SHARE, has_retired, retire_missing
from importers.sink import ImportSink
from importers.source_files import find_source, known_formats
from personalization.catalogue.catalogue_changes import CatalogueState, announce_import
from personalization.domain.errors import ImportRejectedError, StoreFullError

REJECTED_FILE = "import_rejected.jsonl"
"""Every rejected row in full; it stands beside the report."""
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class ImportPlan(Protocol):
    """Something that can be imported."""

    name: str
    title: str
    source: str
    generated: bool

    notes: list[str]
    is_feed: bool
    """Whether a product that it lacks is gone."""

    def prepare(self, progress: Progress) -> None:
        """Look through everything before anything is kept; may raise `ImportRejectedError`."""

    def descriptions(self) -> dict[str, str]:
        """Return how files and columns are read."""

    def boundary(self, holdout: Holdout | None, progress: Progress) -> datetime | None:
        """Return the moment from which sessions are held out, or None."""

    def fill(self, sink: ImportSink, rejected: RejectedRows, progress: Progress) -> int:
        """Put everything into the sink and return the number of rows read."""


def import_dataset(
    source: Path | None, stores: ImportStores, options: ImportOptions, progress: Progress
) -> ImportReport:
    """Read a data set into the stores and return what was taken and refused.

    Importing the same again, whole or after a kill, gives the same stores. Raises
    `ImportRejectedError` where nothing can be imported, before anything was written, and
    `StoreFullError` without disk space.
    """
    with _translate_full_disk():
        return _carry_out(_plan(source, options, progress), stores, options, progress)


def _plan(source: Path | None, options: ImportOptions, progress: Progress) -> ImportPlan:
    if source is not None:
        return FilePlan(find_source(source, options.format, options.files), options)
    if options.format == GENERATED:
        return GeneratedPlan(options, "it was asked for by name")
    target = options.storage.home / "downloads" / FILE_NAME
    refusal = None
    if not target.exists():
        progress.stage(
            f"Fetching the public clothing shop (at most {options.download_seconds:g} s)"
        )
        refusal = fetched_within(options.download_seconds, fetch_public_shop, target)
        progress.advance(0, 1.0)
    if refusal is None:
        return FilePlan(find_source(target, None, options.files), options)
    return GeneratedPlan(options, f"the public data set could not be fetched ({refusal})")


def _carry_out(
    plan: ImportPlan, stores: ImportStores, options: ImportOptions, progress: Progress
) -> ImportReport:
    started = perf_counter()
    storage = options.storage
    storage.home.mkdir(parents=True, exist_ok=True)
    report = ImportReport(
        dataset=plan.name, title=plan.title, source=plan.source, generated=plan.generated
    )
    test = _test_plan(options)
    plans = [plan] if test is None else [plan, test]
    for each_plan in plans:
        each_plan.prepare(progress)
        report.readings |= each_plan.descriptions()
    rejected_file = storage.import_report_file.with_name(REJECTED_FILE)
    if options.strict and not plan.generated:
        _rehearse(plans, rejected_file, progress)
    boundary = NOTHING_YET if test is not None else plan.boundary(options.holdout, progress)
    with HeldOutSessions(storage.held_out_file, boundary) as held_out:
        sink = ImportSink(stores, held_out)
        with RejectedRows(rejected_file) as rejected:
            report.rows_read = plan.fill(sink, rejected, progress)
            if test is not None:
                report.learned_until = sink.last_event
                report.rows_read += _hold_out(test, sink, rejected, progress)
        if not sink.products and not sink.events_by_type:
            report.rejected = rejected.by_reason
            raise ImportRejectedError(_nothing(report))
        sink.flush()
        counts = held_out.write(stores.history)
    report.held_back_from = boundary if test is None else held_out.first
    report.held_back_events = counts.events
    report.held_back_sessions = counts.sessions
    _tell(report, sink, rejected, plan.notes)
    last = read_report(storage.import_report_file)
    report.notes += _notes_of_mixture(report.dataset, last)
    _retire(plan, sink, stores, options, (report, last))
    report.seconds = round(perf_counter() - started, 3)
    write_report(report, storage.import_report_file)
    return report


def _test_plan(options: ImportOptions) -> ImportPlan | None:
    if options.test is None:
        return None
    return FilePlan(find_source(options.test, None, options.files), options)


def _hold_out(
    test: ImportPlan, sink: ImportSink, rejected: RejectedRows, progress: Progress
) -> int:
    """Hold out a file's sessions, and return how many rows it has."""
    sink.hold_out_the_rest()
    rows = test.fill(sink, rejected, progress)
    sink.notes += [f"held out: {test.source}, {rows:,} rows", *test.notes]
    return rows


def _retire(
    plan: ImportPlan,
    sink: ImportSink,
    stores: ImportStores,
    options: ImportOptions,
    reports: tuple[ImportReport, ImportReport | None],
) -> None:
    """Retire what a feed lacks where its kind was imported before, and announce the import."""
    report, last = reports
    before = [] if last is None else last.feeds
    report.feeds = sorted({*before, plan.name}) if plan.is_feed else before
    known = last is None or plan.name in before or last.dataset == plan.name
    now = options.clock.now()
    if plan.is_feed and known and not options.partial:
        most = 1.0 if options.retire_all else 0.0 if sink.unnamed else MOST_SHARE
        report.retired, report.retirement_refused = retire_missing(
            stores.catalogue, sink.feed, now, most
        )
    if report.retirement_refused:
        doubt = (
            f"{sink.unnamed:,} rejected rows may be theirs" if sink.unnamed else "more than half"
        )
        report.notes.append(
            f"{report.retirement_refused:,} products of the catalogue are not in these files,"
            f" {doubt}: none was retired. Give --partial if the files are a part of the catalogue,"
            " --retire-all if those products are really gone"
        )
    if stores.plans is not None:
        retired = has_retired(stores.catalogue)
        announce_import(stores.plans, CatalogueState(imported_at=now, has_retired=retired))


def _rehearse(plans: Sequence[ImportPlan], rejected_file: Path, progress: Progress) -> None:
    """Go through everything without keeping it, and refuse what has a row to reject."""
    with (
        HeldOutSessions(rejected_file.with_suffix(".rehearsal"), None) as held_out,
        RejectedRows(rejected_file) as rejected,
    ):
        for plan in plans:
            plan.fill(ImportSink(None, held_out), rejected, progress)
    if rejected.count:
        reasons = ", ".join(
            f"{reason}: {kind.count}" for reason, kind in rejected.by_reason.items()
        )
        raise ImportRejectedError(
            f"Strict: {rejected.count} rows would be rejected ({reasons}), so nothing was imported."
            f" They stand in {rejected_file}."
        )


def _tell(
    report: ImportReport, sink: ImportSink, rejected: RejectedRows, plan_notes: list[str]
) -> None:
    report.rows_rejected = rejected.count
    report.rejected = rejected.by_reason
    report.rejected_file = rejected.path.name
    report.products = sink.products
    report.categories = sink.categories
    report.sessions = sink.sessions
    report.events_by_type = {kind.value: count for kind, count in sink.events_by_type.items()}
    report.events = sum(report.events_by_type.values()) - report.held_back_events
    report.first_event = sink.first_event
    report.last_event = sink.last_event
    report.ignored = dict(sink.ignored)
    report.notes = sink.notes + plan_notes
    report.absent = sink.absent


def _notes_of_mixture(dataset: str, last: ImportReport | None) -> list[str]:
    """Return a note where another data set was imported before: nothing of it is removed."""
    if last is None or last.dataset == dataset or not last.products:
        return []
    return [f"{last.dataset} was imported here before: the shop now holds both; use another home"]


def _nothing(report: ImportReport) -> str:
    reasons = "; ".join(
        f"{reason}: {rejection.count}, such as {rejection.examples[0].detail}"
        for reason, rejection in report.rejected.items()
    )
    return (
        f"Nothing could be imported from {report.source}, read as {report.dataset}:"
        f" {report.rows_read} rows, all rejected ({reasons or 'the file is empty'})."
        f"\n{known_formats()}"
    )


@contextmanager
def _translate_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise StoreFullError from error
        raise
