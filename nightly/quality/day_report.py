"""What the gates said last, as lines for a person and as the file of a day."""

from datetime import UTC, date, datetime
from pathlib import Path

from nightly.quality.gate_reports import GateReports
from nightly.wiring import open_stores
from personalization.domain.identifiers import GenerationId
from personalization.priors.gates.report import GATE_REPORT, GateReport

FOLDER = "data_quality"
KEPT_DAYS = 400
"""A year and what is needed to compare with it."""


def report_now() -> list[str]:
    """Write the last verdicts into the warehouse, and return them; none before any night."""
    with open_stores() as stores:
        active = stores.priors.active()
        warehouse = stores.storage.warehouse
    generation_id = active.generation_id if active is not None else None
    report = newest_report(GateReports(warehouse), generation_id)
    if report is None:
        return []
    file = write_report(report, warehouse / FOLDER, datetime.now(UTC).date())
    return [*lines_of(report), f"Written to {file}"]


def newest_report(reports: GateReports, active: GenerationId | None) -> GateReport | None:
    """Return what was judged last: the active generation, or a night refused after it."""
    judged = [
        reports.of_generation(active) if active is not None else None,
        next(iter(reports.refusals()), None),
    ]
    return max(
        (report for report in judged if report is not None),
        key=lambda report: report.judged_at,
        default=None,
    )


def write_report(report: GateReport, folder: Path, day: date) -> Path:
    """Write the file of a day; the oldest ones make room."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"day={day}.json"
    file.write_bytes(GATE_REPORT.encode(report))
    for old in sorted(folder.glob("day=*.json"))[:-KEPT_DAYS]:
        old.unlink()
    return file


def lines_of(report: GateReport) -> list[str]:
    """Return a line for the night, and one for each gate that did not simply pass."""
    counts = report.judgement.counts()
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    became = "refused" if report.is_refused else "let through"
    head = f"{report.generation_id} was {became} at {report.judged_at:%Y-%m-%d %H:%M} UTC: {said}"
    return [head, *report.judgement.sentences()]
