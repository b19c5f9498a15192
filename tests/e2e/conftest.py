"""A shop made once for all end-to-end tests: generated data, priors by Airflow and Spark."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.shop_process import ShopProcess, run_command

NIGHTLY_SECONDS = 400


@pytest.fixture(scope="session")
def shop_after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home folder of a shop with history and a promoted generation of priors."""
    home = tmp_path_factory.mktemp("night") / "home"
    run_command("import", "--format", "generated", "--home", str(home))
    run_command("nightly", "--home", str(home), within_seconds=NIGHTLY_SECONDS)
    return home


@pytest.fixture
def home(shop_after_a_night: Path, tmp_path: Path) -> Path:
    """Return a copy of the shop for one test."""
    copy = tmp_path / "home"
    shutil.copytree(shop_after_a_night, copy, ignore=shutil.ignore_patterns("airflow", "*.sock"))
    return copy


@pytest.fixture
def shop(home: Path) -> Iterator[ShopProcess]:
    """Return the shop being served by a real process."""
    with ShopProcess(home) as process:
        yield process
