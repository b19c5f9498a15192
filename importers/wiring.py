"""The stores of an import, built once."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from shutil import rmtree

from importers.options import ImportStores
from personalization.adapters.sqlite.staged_catalogue import StagedCatalogue
from personalization.ports.catalogue import Catalogue
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_checked


@contextmanager
def import_stores(storage: StorageSettings) -> Iterator[ImportStores]:
    settings = CoreSettings(storage=storage, cassandra=CassandraSettings().patient())
    with open_checked(settings) as kept:
        yield ImportStores(
            catalogue=kept.catalogue,
            history=kept.history,
            open_stage=partial(open_stage, minimum_free_mib=storage.minimum_free_mib),
            audit=kept.audit,
            pseudonyms=kept.pseudonyms,
        )


@contextmanager
def open_stage(folder: Path, minimum_free_mib: int) -> Iterator[Catalogue]:
    """Open an empty catalogue in a folder, which may be left of an import that was killed."""
    rmtree(folder, ignore_errors=True)
    try:
        with closing(StagedCatalogue(folder / "catalogue.sqlite", minimum_free_mib)) as stage:
            yield stage
    finally:
        rmtree(folder, ignore_errors=True)
