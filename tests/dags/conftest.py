"""Airflow makes its home when it is imported: the tests give it one that is thrown away."""

import os
import tempfile
from pathlib import Path

import pytest

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
