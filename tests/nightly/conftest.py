from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nightly.wiring import NightlyStores, open_stores
from personalization.settings.storage import StorageSettings
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.nightly.hand_made_night import stores_of


@pytest.fixture
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NightlyStores]:
    """Open the stores of an empty home folder."""
    with open_stores(StorageSettings(home=tmp_path_factory.mktemp("home"))) as opened:
        yield opened


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the home folder of the tasks, with two products and forty days of views."""
    monkeypatch.setenv("FITTING_ROOM_HOME", str(tmp_path))
    with stores_of(tmp_path) as stores:
        stores.catalogue.write_products(
            [a_product(product_id=item, category_id="shirts") for item in "ab"]
        )
        stores.history.append(
            [
                an_event(
                    event_id=str(day),
                    session_id=f"s{day}",
                    product_ids=("a",),
                    occurred_at=NOON - timedelta(days=day),
                )
                for day in range(40)
            ]
        )
    return tmp_path


@pytest.fixture
def formulas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("formulas")
