"""Options and stores of an import."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from importers.readings.options import FormatOptions
from personalization.domain.clock import Clock, SystemClock
from personalization.ports.audit_log import AuditLog
from personalization.ports.catalogue import Catalogue
from personalization.ports.event_history import EventHistory
from personalization.ports.people.pseudonyms import Pseudonyms
from personalization.settings.storage import StorageSettings
from personalization.vault.pseudonyms import PlainPseudonyms


@dataclass(frozen=True, slots=True)
class ImportStores:
    """Where an import writes."""

    catalogue: Catalogue
    history: EventHistory
    open_stage: Callable[[Path], AbstractContextManager[Catalogue]]
    """Opens an empty catalogue in a folder that goes again: files are read into it first."""
    audit: AuditLog | None = None
    pseudonyms: Pseudonyms = field(default_factory=PlainPseudonyms)
    """Of users whose sessions are held out; the history has them by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """How many of the newest sessions are held out for replay.

    `days` counts calendar days up to the last one with events (0 holds out none);
    without it, `fraction` of the days that have events. `sessions` is a share of the sessions by
    their start instead; a data set without times has no days, and there it is what counts.
    """

    days: int | None = None
    fraction: float = 0.1
    sessions: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """Options of one import."""

    storage: StorageSettings = field(default_factory=StorageSettings)
    format: str | None = None
    """Name of a known format; None looks at the columns."""
    test: Path | None = None
    """A file of sessions that are held out, in place of the newest ones."""
    holdout: Holdout | None = None
    """None takes the data set's own."""
    limit: int | None = None
    """Read at most so many rows."""
    seed: int = 7
    """Of the generated shop, where one is needed."""
    files: FormatOptions = field(default_factory=FormatOptions)
    """How the files are written, as far as a person says so."""
    full: bool = False
    """The files are the whole catalogue: what they lack is retired."""
    retire_all: bool = False
    """With `full`: however much it is."""
    add_products: bool = False
    """Put products of events into a catalogue that has others."""
    dry_run: bool = False
    """Only say what would change."""
    pictures: Path | None = None
    """Folder or tar file with a picture for each product id."""
    feed: str = ""
    """Name of the shop's feed that the files are of."""
    feed_members: Path | None = None
    """File of the products that the feed had the last time: only they may be retired."""
    author: str = "import"
    """Who stands in the audit log."""
    strict: bool = False
    """Keep nothing of a data set of which a row is rejected."""
    clock: Clock = field(default_factory=SystemClock)
    download_seconds: float = 20.0
    """How long the public data set may take to arrive, when no file is given."""
