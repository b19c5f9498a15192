"""Spark's own ways that these tests live with."""

from pathlib import Path

import pytest

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let PySpark leave the sockets of `collect` to the garbage collector, as it does."""
    ignored = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(ignored)
