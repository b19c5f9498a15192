"""A shop in a temporary folder that files can be imported into."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from importers.options import Holdout, ImportOptions, ImportStores
from importers.readings.options import format_options
from importers.report import ImportReport
from importers.run import import_dataset
from importers.wiring import open_stage
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product
from personalization.settings.storage import StorageSettings
from tests.unit.importers.silent_progress import SilentProgress

NOTHING_BACK = Holdout(days=0)
STAGE = partial(open_stage, minimum_free_mib=0)


@dataclass
class Shop:
    """Stores that an import fills, and ways to look at them."""

    storage: StorageSettings
    stores: ImportStores

    def import_files(
        self,
        source: Path,
        holdout: Holdout | None = NOTHING_BACK,
        limit: int | None = None,
        dataset_format: str | None = None,
        written: dict[str, str] | None = None,
        test: Path | None = None,
        **further: Any,
    ) -> ImportReport:
        """Import with options; `written` says how files are written, `columns` maps their names."""
        columns = further.pop("columns", {})
        options = ImportOptions(
            storage=self.storage,
            test=test,
            holdout=holdout,
            limit=limit,
            format=dataset_format,
            files=replace(format_options(**(written or {})), columns=columns),
            **further,
        )
        return import_dataset(source, self.stores, options, SilentProgress())

    def events(self) -> list[Event]:
        """Return the whole history, oldest first."""
        history = self.stores.history
        return [event for day in history.days() for some in history.read_day(day) for event in some]

    def products(self) -> dict[ProductId, Product]:
        return {
            product.product_id: product
            for some in self.stores.catalogue.all_products()
            for product in some
        }

    def held_out(self) -> list[Event]:
        """Return the events kept for replay, in the order of the file."""
        return [EVENT.decode(line) for line in self.storage.held_out_file.read_bytes().splitlines()]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Open an empty shop on real stores."""
    storage = StorageSettings(home=tmp_path / "home", minimum_free_mib=0)
    catalogue = SqliteCatalogue(storage.catalogue_file, 0)
    history = SqliteEventHistory(storage.history_file, 0)
    yield Shop(storage, ImportStores(catalogue, history, STAGE))
    catalogue.close()
    history.close()
