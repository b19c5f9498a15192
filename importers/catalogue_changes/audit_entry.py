"""What the audit log keeps of an import."""

from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

from importers.report import ImportReport
from personalization.audit.recording import Change

ACTION: Final = "catalogue.import"


def change_of(report: ImportReport, last: ImportReport | None, author: str) -> Change:
    note = (
        f"{report.source}: {report.new_products:,} new, {report.changed_products:,} changed,"
        f" {report.retired:,} retired, {report.rows_rejected:,} rows rejected,"
        f" {report.events:,} events"
    )
    return Change(
        author=author,
        action=ACTION,
        subject=report.feed or report.dataset,
        before=None if last is None else _summary(last),
        after=_summary(report),
        note=note,
    )


def digest_of(source: Path) -> str:
    """Return the SHA-256 of a file, or of the files of a folder in the order of their names."""
    if source.is_dir():
        files = sorted(path for path in source.iterdir() if path.is_file())
        return sha256("".join(map(digest_of, files)).encode()).hexdigest()
    with source.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _summary(report: ImportReport) -> dict[str, object]:
    return {
        "generation": report.generation,
        "source": report.source,
        "format": report.dataset,
        "sha256": report.digest,
        "rows": report.rows_read,
        "rejected": report.rows_rejected,
        "products": report.products,
        "new": report.new_products,
        "changed": report.changed_products,
        "retired": report.retired,
    }
