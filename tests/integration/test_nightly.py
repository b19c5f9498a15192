"""The whole night: Airflow runs the DAG, Spark the jobs, and only what is sound is promoted.

Three real runs over a shop of four products, by the command that people use.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from nightly.wiring import open_stores
from personalization.domain.event import Event
from personalization.domain.identifiers import CategoryId
from personalization.domain.prior import Generation, PriorTable, RankedList
from personalization.domain.product import Category
from personalization.settings.storage import StorageSettings
from stack.lineage import LINEAGE_FILE
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product

FITTING_ROOM = Path(sys.executable).parent / "fitting-room"
SESSIONS = ("abca", "abd", "abc", "bad", "cab", "abab")
LONGEST_SECONDS = 600
TERMINATED = 128 + signal.SIGTERM


@dataclass(frozen=True)
class Night:
    """A home folder after a run, and what the command printed."""

    home: Path
    printed: str

    def active(self) -> Generation:
        with open_stores(StorageSettings(home=self.home)) as stores:
            active = stores.priors.active()
        assert active is not None
        return active

    def tables(self) -> dict[str, list[dict[str, object]]]:
        """Return every row of the active generation's folder, in the order they were written."""
        folder = self.home / "warehouse" / "generations" / self.active().generation_id / "tables"
        return {path.name: pq.read_table(path).to_pylist() for path in sorted(folder.iterdir())}

    def read(self, table: PriorTable, key: str) -> RankedList:
        """Return a list that is being served."""
        with open_stores(StorageSettings(home=self.home)) as stores:
            lists = stores.priors.read_many(self.active().generation_id, [(table, key)])
        return lists[table, key]


def _events() -> Sequence[Event]:
    return [
        an_event(
            event_id=f"{number}-{step}",
            session_id=f"session-{number}",
            product_ids=(item,),
            category_id=None,
            occurred_at=NOON - timedelta(days=number, seconds=-step),
            region="pl" if number % 2 else "de",
        )
        for number, session in enumerate(SESSIONS)
        for step, item in enumerate(session)
    ]


def _shop(home: Path) -> Path:
    with open_stores(StorageSettings(home=home)) as stores:
        stores.catalogue.write_categories(
            [
                Category(category_id=CategoryId(name), name=name.title())
                for name in ("shirts", "hats")
            ]
        )
        stores.catalogue.write_products(
            [
                a_product(
                    product_id=item,
                    category_id="shirts" if item in "ab" else "hats",
                    rating=None,
                    rating_count=0,
                    bought_last_month=0,
                )
                for item in "abcd"
            ]
        )
        stores.history.append(_events())
    return home


def _nightly(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FITTING_ROOM, "nightly", "--home", home, *options],
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Run the first night of the shop."""
    home = _shop(tmp_path_factory.mktemp("shop"))
    done = _nightly(home)
    assert done.returncode == 0, done.stdout + done.stderr
    return Night(home, done.stdout)


def test_a_night_promotes_a_generation_and_says_what_it_holds(night: Night) -> None:
    active = night.active()
    assert f"Generation {active.generation_id} is promoted" in night.printed
    assert active.run_date == NOON.date()
    assert active.absent["rated_products"] == "no product of the catalogue has a rating"
    assert "no product of the catalogue has a rating" in night.printed
    assert active.rows_by_table["product_priors"] > 0
    for task in ("export_history", "ratings_and_popularity", "promote_generation"):
        assert f"nightly: {task} success after" in night.printed


def test_a_night_leaves_events_that_lead_from_history_and_catalogue_to_the_priors(
    night: Night,
) -> None:
    path = night.home / "airflow" / LINEAGE_FILE
    events = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    done = {
        event["job"]["name"].removeprefix("nightly_priors."): event
        for event in events
        if event["eventType"] == "COMPLETE"
    }
    assert {"nightly_priors", "export_history", "check_generation"} <= done.keys()
    led = {
        (read["name"], written["name"])
        for event in done.values()
        for read in event["inputs"]
        for written in event["outputs"]
    }
    assert led >= {
        ("history", "warehouse/input"),
        ("catalogue", "warehouse/input"),
        ("warehouse/input", "warehouse/day-sums"),
        ("warehouse/day-sums", "warehouse/prior-tables"),
        ("warehouse/prior-tables", "priors/generations"),
        ("priors/generations", "priors/active"),
    }
    assert {event["job"]["namespace"] for event in events} == {"fitting-room"}


def test_the_lists_are_those_that_the_sessions_say(night: Night) -> None:
    popular = night.read(PriorTable.POPULAR_PRODUCTS, "global")
    views = {item: "".join(SESSIONS).count(item) for item in "abcd"}
    assert {member.member_id: member.value for member in popular} == views
    assert popular[0].member_id == max(views, key=views.__getitem__)
    after_a = night.read(PriorTable.PRODUCT_AFFINITY, "a")
    assert after_a[0].member_id == "b"
    priors = {member.member_id for member in night.read(PriorTable.PRODUCT_PRIORS, "a")}
    assert {"popularity", "popularity_category", "popularity_region:pl"} <= priors


def test_the_same_night_computed_again_makes_identical_tables(night: Night, tmp_path: Path) -> None:
    home = _shop(tmp_path / "again")
    done = _nightly(home)
    assert done.returncode == 0, done.stdout + done.stderr
    again = Night(home, done.stdout)
    assert again.active().generation_id == night.active().generation_id
    assert again.tables() == night.tables()


def test_a_night_of_a_past_day_is_kept_and_the_active_generation_stays(night: Night) -> None:
    before = night.active()
    past = NOON.date() - timedelta(days=2)
    done = _nightly(night.home, "--run-date", past.isoformat())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nightly: promote_generation skipped" in done.stdout
    assert "is kept, not promoted: it ends on" in " ".join(done.stdout.split())
    assert night.active() == before
    with open_stores(StorageSettings(home=night.home)) as stores:
        ends = {generation.run_date for generation in stores.priors.generations()}
    assert ends == {NOON.date(), past}


def test_a_run_date_after_today_is_refused_before_anything_starts(tmp_path: Path) -> None:
    done = _nightly(tmp_path, "--run-date", "2999-01-01")
    assert done.returncode == 2
    assert "2999-01-01 is after today" in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_a_shop_of_which_nothing_is_known_is_told_so_before_anything_starts(tmp_path: Path) -> None:
    with open_stores(StorageSettings(home=tmp_path)) as stores:
        unsold = a_product(rating=None, rating_count=0, bought_last_month=0, listed_on=None)
        stores.catalogue.write_products([unsold])
    done = _nightly(tmp_path)
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "There is nothing to count yet: the history has no event" in said
    assert "fitting-room import" in said
    assert not (tmp_path / "warehouse").exists()


def test_a_night_that_is_stopped_leaves_nothing_running(night: Night) -> None:
    before = night.active()
    with subprocess.Popen(
        [FITTING_ROOM, "nightly", "--home", night.home], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert any("ratings_and_popularity ..." in line for line in process.stdout)
        process.terminate()
        assert process.wait(LONGEST_SECONDS) == TERMINATED
    # The lock is inherited by everything that was started: it is free once all of that has ended.
    with (night.home / "airflow" / "nightly.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert night.active() == before
