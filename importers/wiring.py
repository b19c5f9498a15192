"""The stores of an import, built once."""

from collections.abc import Iterator
from contextlib import contextmanager

from importers.options import ImportStores
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept


@contextmanager
def import_stores(storage: StorageSettings) -> Iterator[ImportStores]:
    settings = CoreSettings(storage=storage, cassandra=CassandraSettings().patient())
    with open_kept(settings) as kept:
        yield ImportStores(catalogue=kept.catalogue, history=kept.history, plans=kept.plans)
