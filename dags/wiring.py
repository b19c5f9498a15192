"""Builds settings and stores for the nightly tasks; nothing else here names an adapter."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.prior_store import SqlitePriorStore
from personalization.ports.catalogue import Catalogue
from personalization.ports.event_history import EventHistory
from personalization.ports.prior_store import PriorStore
from personalization.settings.nightly import NightlySettings
from personalization.settings.storage import StorageSettings

DAGS_FOLDER = Path(__file__).parent
"""Where Airflow finds the DAGs."""


@dataclass(frozen=True, slots=True)
class NightlyStores:
    """What a night reads and writes, and its settings."""

    storage: StorageSettings
    nightly: NightlySettings
    history: EventHistory
    catalogue: Catalogue
    priors: PriorStore


@contextmanager
def open_stores(storage: StorageSettings | None = None) -> Iterator[NightlyStores]:
    """Open the stores of a home folder (by default the environment's) for one task."""
    storage = storage or StorageSettings()
    storage.home.mkdir(parents=True, exist_ok=True)
    free = storage.minimum_free_mib
    with ExitStack() as stack:
        yield NightlyStores(
            storage=storage,
            nightly=NightlySettings(),
            history=stack.enter_context(closing(SqliteEventHistory(storage.history_file, free))),
            catalogue=stack.enter_context(closing(SqliteCatalogue(storage.catalogue_file, free))),
            priors=stack.enter_context(closing(SqlitePriorStore(storage.priors_file, free))),
        )
