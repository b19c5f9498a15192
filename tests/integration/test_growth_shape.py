"""The shape of a night's growth, at a size that fits into every run of the tests.

`python -m benchmarks.growth` has the whole table. Counts only: times are of the machine.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.growth.growing_shop import GrowingShop
from benchmarks.growth.step_cost import StepCost
from stack.lineage import LINEAGE_FILE

EVENTS = 200_000
PRODUCTS = 20_000
SHUFFLE_BYTES_OF_AN_EVENT = 2_000
BROADCAST_MIB = 32
"""Spark sends what it takes for 10 MiB and less, and keeps it in pages of 16 MiB."""
PEAK_MIB = 8_192

MIB = 1 << 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("growth")


@pytest.fixture(scope="module")
def night(folder: Path) -> StepCost:
    """Import a generated shop and run its night; return what it cost."""
    shop = GrowingShop(
        folder=folder,
        events=EVENTS,
        products=PRODUCTS,
        days=14,
        last_day=datetime.now(UTC).date() - timedelta(days=1),
        seed=7,
        hot_share=0.1,
    )
    *_, last = shop.steps(floor=False, second_night=False)
    return last


def test_a_night_is_one_application_of_spark(night: StepCost) -> None:
    assert night.applications == 1


def test_shuffles_follow_the_events(night: StepCost) -> None:
    assert night.shuffle_mib is not None
    assert 0 < night.shuffle_mib * MIB < SHUFFLE_BYTES_OF_AN_EVENT * EVENTS
    assert night.spill_mib == 0


def test_nothing_large_is_sent_to_every_task(night: StepCost) -> None:
    assert night.broadcast_mib is not None
    assert 0 < night.broadcast_mib < BROADCAST_MIB


def test_memory_of_all_processes_stays_below_that_of_a_small_machine(night: StepCost) -> None:
    assert 100 < night.peak_mib < PEAK_MIB


def test_imported_files_are_followed_to_the_active_generation(
    night: StepCost, folder: Path
) -> None:
    assert night.events == EVENTS
    written_from = dict[str, set[str]]()
    for event in _events(folder):
        for written in event["outputs"]:
            found = written_from.setdefault(written["name"], set())
            found.update(read["name"] for read in event["inputs"])
    origins, new = set[str](), {"priors/active"}
    while new:
        origins |= new
        new = {name for made in new for name in written_from.get(made, ())} - origins
    assert {str(folder / "files" / name) for name in ("events", "products")} <= origins


def _events(folder: Path) -> Iterator[dict[str, list[dict[str, str]]]]:
    file = folder / "home" / "airflow" / LINEAGE_FILE
    for line in file.read_text("utf-8").splitlines():
        event = json.loads(line)
        if event["eventType"] == "COMPLETE":
            yield event
