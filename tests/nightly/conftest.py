from collections.abc import Iterator

import pytest

from nightly.wiring import NightlyStores, open_stores
from personalization.settings.storage import StorageSettings


@pytest.fixture
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NightlyStores]:
    """Open the stores of an empty home folder."""
    with open_stores(StorageSettings(home=tmp_path_factory.mktemp("home"))) as opened:
        yield opened
