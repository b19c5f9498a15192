"""What an import took, refused and could not find."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from importers.rejection import RejectedKind


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """The result of one import, kept as JSON beside the stores."""

    dataset: str
    """Name of the format."""
    title: str
    source: str
    """Names of the files, or how the shop was made."""
    generated: bool = False
    """True where no real data was to be had."""
    rows_read: int = 0
    rows_rejected: int = 0
    products: int = 0
    categories: int = 0
    events: int = 0
    """Written to the history."""
    events_by_type: dict[str, int] = field(default_factory=dict)
    """History and held-out sessions together."""
    sessions: int = 0
    """Distinct sessions, history and held out together."""
    held_back_events: int = 0
    held_back_sessions: int = 0
    held_back_from: datetime | None = None
    """Sessions that start at this moment or later were kept for replay."""
    first_event: datetime | None = None
    last_event: datetime | None = None
    learned_until: datetime | None = None
    """The last event to learn from, where a file of its own says what is held out."""
    rejected: dict[str, RejectedKind] = field(default_factory=dict)
    rejected_file: str = ""
    """Name of the file beside this report that has every rejected row in full."""
    ignored: dict[str, int] = field(default_factory=dict)
    """Single values that were treated as unknown while their rows were taken."""
    absent: dict[str, str] = field(default_factory=dict)
    """What the data set does not have at all -> why it matters."""
    dry_run: bool = False
    """Nothing was written."""
    new_products: int = 0
    changed_products: int = 0
    unchanged_products: int = 0
    changed_fields: dict[str, int] = field(default_factory=dict)
    """Of changed products: how many have another value of each."""
    retired: int = 0
    """Products that the files, a whole catalogue, no longer have."""
    retirement_refused: int = 0
    """Products that they lack, which a rejected row may have been."""
    pictures: int = 0
    """Products that were given one of a folder or tar file."""
    new_pictures: int = 0
    """Files of them that were not there, or were others."""
    feed: str = ""
    """Name of the shop's feed, where it has one."""
    digest: str = ""
    """SHA-256 of the files."""
    generation: int = 0
    """How many imports of its kind, with or without events, there were here."""
    readings: dict[str, str] = field(default_factory=dict)
    """How files and columns were read, by what they or an option say."""
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0


def write_report(report: ImportReport, path: Path) -> None:
    """Store the report whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))
    part.replace(path)


def read_report(path: Path) -> ImportReport | None:
    """Return the report of the last import, or None where there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ImportReport)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
