"""The stores of an import, built once."""

from importers.options import ImportStores
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.settings.storage import StorageSettings


def import_stores(settings: StorageSettings) -> ImportStores:
    """Return the embedded catalogue and history of a home folder."""
    return ImportStores(
        catalogue=SqliteCatalogue(settings.catalogue_file, settings.minimum_free_mib),
        history=SqliteEventHistory(settings.history_file, settings.minimum_free_mib),
    )
