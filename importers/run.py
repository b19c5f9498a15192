"""One import from beginning to end."""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Protocol

from importers.catalogue_changes.audit_entry import change_of, digest_of
from importers.catalogue_changes.settlement import Settlement, settle
from importers.catalogue_changes.turn import import_turn
from importers.datasets import OWN_FILES
from importers.generated.returning_people import LASTING, PASSING, ReturningPeoplePlan
from importers.generated.shop import NAME as GENERATED
from importers.generated.shop import GeneratedPlan
from importers.held_out import NOTHING_YET, HeldOutSessions
from importers.loaders.generated_visits import NAME as GENERATED_VISITS
from importers.options import Holdout, ImportOptions, ImportStores
from importers.pictures.picture_import import StagedPictures
from importers.progress import Progress
from importers.public_shop import FILE_NAME, fetch_public_shop, fetched_within
from importers.reading import FilePlan
from importers.rejection import RejectedRows
from importers.report import ImportReport, read_report, write_report
from importers.sink import ImportSink
from importers.source_files import find_source, known_formats
from importers.tables.distinct import DistinctCounter
from personalization.audit.recording import Auditor
from personalization.domain.errors import ImportRejectedError, StoreFullError
from personalization.ports.catalogue import Catalogue
from personalization.settings.storage import StorageSettings

REJECTED_FILE = "import_rejected.jsonl"
"""Every rejected row in full; it stands beside the report."""
CATALOGUE_REPORT = "catalogue_report.json"
"""Report of the last import without events, beside that of the last with events."""
FEED_REPORT = "report.json"
"""That of a feed, in the folder of the feed."""
STAGE = "import_stage"
"""Folder in which files are read before anything of them is taken over."""
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class ImportPlan(Protocol):
    """Something that can be imported."""

    name: str
    title: str
    source: str
    generated: bool

    notes: list[str]
    is_feed: bool
    """Whether it may be the whole catalogue."""
    keeps_known: bool
    """Whether it knows products by name only: what the catalogue has of them stays."""

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
    with _translate_full_disk(), import_turn(options.storage.home):
        plan = _plan(source, options, progress)
        digest = "" if source is None else digest_of(source)
        return _carry_out(plan, stores, options, progress, digest)


def _plan(source: Path | None, options: ImportOptions, progress: Progress) -> ImportPlan:
    if source is not None:
        return FilePlan(find_source(source, options.format, options.files), options)
    if options.format == GENERATED:
        return GeneratedPlan(options, "it was asked for by name")
    if options.format in (LASTING, PASSING):
        return ReturningPeoplePlan(options)
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
    plan: ImportPlan,
    stores: ImportStores,
    options: ImportOptions,
    progress: Progress,
    digest: str,
) -> ImportReport:
    started = perf_counter()
    storage = options.storage
    _refuse_for_a_catalogue(plan, options)
    report = ImportReport(
        dataset=plan.name,
        title=plan.title,
        source=options.feed or plan.source,
        generated=plan.generated,
        dry_run=options.dry_run,
        digest=digest,
        feed=options.feed,
    )
    test = _test_plan(options)
    plans = [plan] if test is None else [plan, test]
    for each_plan in plans:
        each_plan.prepare(progress)
        report.readings |= each_plan.descriptions()
    stage_folder = storage.home / STAGE
    beside = stage_folder if options.dry_run else storage.home
    with stores.open_stage(stage_folder) as stage:
        if options.strict and isinstance(plan, FilePlan):
            _rehearse(plans, beside / REJECTED_FILE, progress)
        boundary = NOTHING_YET if test is not None else plan.boundary(options.holdout, progress)
        held_out_file = beside / storage.held_out_file.name
        boundary = None if options.dry_run else boundary
        with HeldOutSessions(held_out_file, boundary, stores.pseudonyms) as held_out:
            names = _catalogue_of_names(plan, stores, options)
            sink = ImportSink(None if options.dry_run else stores, held_out, stage, names)
            _fill(plans, sink, beside / REJECTED_FILE, report, progress)
            pictures = _stage_pictures(stage, stage_folder, options, report, progress)
            progress.stage("Comparing with the catalogue")
            settle(stage, stores.catalogue, sink, _settlement(plan, options, names), report)
            if not options.dry_run:
                _finish_feed(pictures, sink, options, report)
            progress.advance(sink.products, 1.0)
            if sink.events_by_type and not options.dry_run:
                counts = held_out.write(stores.history)
                report.held_back_from = boundary if test is None else held_out.first
                report.held_back_events = counts.events
                report.held_back_sessions = counts.sessions
                report.events -= counts.events
    _conclude(report, stores, options)
    report.seconds = round(perf_counter() - started, 3)
    if not options.dry_run:
        write_report(report, _report_file(report, options))
    return report


def _refuse_for_a_catalogue(plan: ImportPlan, options: ImportOptions) -> None:
    """Refuse options that only a catalogue has a use for, where there is none."""
    if options.full and not plan.is_feed:
        raise ImportRejectedError(
            f"--full retires what a catalogue lacks: {plan.source} is read as {plan.name},"
            " and only in part or with no catalogue in it."
        )
    if options.pictures is not None and plan.keeps_known:
        raise ImportRejectedError(
            f"Pictures come with a catalogue: {plan.source} is read as {plan.name}, which has none."
        )


def _fill(
    plans: Sequence[ImportPlan],
    sink: ImportSink,
    rejected_file: Path,
    report: ImportReport,
    progress: Progress,
) -> None:
    """Put everything into the sink, and describe it; the second plan's sessions are held out."""
    plan, *tests = plans
    with RejectedRows(rejected_file) as rejected:
        report.rows_read = plan.fill(sink, rejected, progress)
        for test in tests:
            report.learned_until = sink.last_event
            report.rows_read += _hold_out(test, sink, rejected, progress)
    if not sink.products and not sink.events_by_type:
        report.rejected = rejected.by_reason
        raise ImportRejectedError(_nothing(report))
    sink.flush()
    _describe(report, sink, rejected, plan.notes)


def _stage_pictures(
    stage: Catalogue,
    stage_folder: Path,
    options: ImportOptions,
    report: ImportReport,
    progress: Progress,
) -> StagedPictures:
    """Give staged products their pictures; the files stay beside the stage until it is settled."""
    pictures = StagedPictures(stage_folder / "pictures", options.storage.minimum_free_mib)
    if options.pictures is not None:
        pictures.stage(options.pictures, stage, progress)
    report.pictures = len(pictures.names)
    report.ignored |= {
        f"picture passed over: {reason}": count
        for reason, count in pictures.passed_over.most_common()
    }
    return pictures


def _finish_feed(
    pictures: StagedPictures, sink: ImportSink, options: ImportOptions, report: ImportReport
) -> None:
    """Keep what stands outside of the stores: pictures, and what the feed had."""
    report.new_pictures = pictures.publish(options.storage.pictures)
    if options.feed_members is not None:
        sink.feed.save(options.feed_members)


def _catalogue_of_names(
    plan: ImportPlan, stores: ImportStores, options: ImportOptions
) -> Catalogue | None:
    """Return a catalogue that takes no product of events over, None where it does."""
    is_refused = plan.keeps_known and not options.add_products
    return stores.catalogue if is_refused and stores.catalogue.product_count() else None


def _settlement(plan: ImportPlan, options: ImportOptions, names: Catalogue | None) -> Settlement:
    return Settlement(
        now=options.clock.now(),
        full=options.full,
        force=options.retire_all,
        keeps_known=plan.keeps_known,
        only_names=names is not None,
        before=None if options.feed_members is None else DistinctCounter.load(options.feed_members),
        writes=not options.dry_run,
    )


def _report_file(report: ImportReport, options: ImportOptions) -> Path:
    """Return where a report belongs: what is held out is told by that of the last events."""
    if options.feed_members is not None:
        return options.feed_members.with_name(FEED_REPORT)
    own = options.storage.import_report_file
    return own if report.events_by_type else own.with_name(CATALOGUE_REPORT)


def _conclude(report: ImportReport, stores: ImportStores, options: ImportOptions) -> None:
    """Tell the audit log of an import that has changed something."""
    file = _report_file(report, options)
    last = read_report(file)
    report.notes += _notes_of_mixture(report.dataset, options.storage)
    report.generation = 1 if last is None else last.generation + 1
    is_change = report.new_products or report.changed_products or report.retired or report.events
    if options.dry_run or not is_change:
        return
    if stores.audit is not None:
        Auditor(stores.audit, options.clock).record(change_of(report, last, options.author))


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


def _describe(
    report: ImportReport, sink: ImportSink, rejected: RejectedRows, plan_notes: list[str]
) -> None:
    report.rows_rejected = rejected.count
    report.rejected = rejected.by_reason
    report.rejected_file = rejected.path.name
    report.products = sink.products
    report.categories = sink.categories
    report.sessions = sink.sessions
    report.events_by_type = {kind.value: count for kind, count in sink.events_by_type.items()}
    report.events = sum(report.events_by_type.values())
    report.first_event = sink.first_event
    report.last_event = sink.last_event
    report.ignored = dict(sink.ignored)
    report.notes = sink.notes + plan_notes
    report.absent = sink.absent


def _notes_of_mixture(dataset: str, storage: StorageSettings) -> list[str]:
    """Return a note where another data set was imported before: nothing of it is removed."""
    own = storage.import_report_file
    files = (own, own.with_name(CATALOGUE_REPORT))
    # Visits are made up over whatever catalogue there is.
    reports = map(read_report, files[:1] if dataset == GENERATED_VISITS else files)
    others = {report.dataset for report in reports if report is not None and report.products}
    if dataset in OWN_FILES:
        others -= OWN_FILES
    return [
        f"{other} was imported here before: the shop now holds both; use another home"
        for other in sorted(others - {dataset})
    ]


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
