"""Airflow makes its home when it is imported: the tests give it one that is thrown away."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dags.wiring import NightlyStores, open_stores
from personalization.settings.storage import StorageSettings

_HOME = tempfile.TemporaryDirectory(prefix="airflow-")
os.environ["AIRFLOW_HOME"] = _HOME.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Airflow use the pattern class that its library is about to rename."""
    ignored = pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(ignored)


@pytest.fixture
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NightlyStores]:
    """Open the stores of an empty home folder."""
    with open_stores(StorageSettings(home=tmp_path_factory.mktemp("home"))) as opened:
        yield opened
