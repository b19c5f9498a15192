"""A night over Cassandra makes, list by list, the priors of the same night over files."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from nightly.formulas import FORMULAS
from nightly.generations.generation_check import EVENTS_AFTER_TODAY
from nightly.generations.generation_tables import read_lists, tables_in
from nightly.night import begin_night, plan_file_of, plan_night
from nightly.nightly_steps import check, publish_folder
from nightly.wiring import NightlyStores, open_stores
from personalization.domain.event import EventType
from personalization.domain.identifiers import EventId, GenerationId, ProductId, SessionId
from personalization.domain.prior import Generation, PriorKey, PriorTable, RankedList
from personalization.neighbours.erasures import (
    ERASURE_LIST,
    Erasures,
    digest_number,
    session_digest,
)
from personalization.neighbours.index_bytes import decode_index
from personalization.ports.plan_store import ERASURES
from personalization.priors.warehouse import BEGUN_AT
from personalization.settings.storage import StorageSettings
from stack.errors import StackUnavailableError
from stack.jars import jars_of
from tests.builders.moments import NOON
from tests.builders.shops.busy_shop import CATEGORIES, PRODUCTS, busy_events
from tests.own_keyspace import own_keyspace

FITTING_ROOM = Path(sys.executable).parent / "fitting-room"
JOBS = (
    "count_days",
    "ratings_and_popularity",
    "trending_and_arrivals",
    "affinities_and_bundles",
)
LONGEST_SECONDS = 600
_FAR = EventId("of-2099")
_ERASED = SessionId("s3")
_KEY = "a key"
_PRIVACY_KEY = "ab" * 32
"""By the same one both know people by the same pseudonyms."""


@dataclass(frozen=True)
class Made:
    """What a store holds of a night."""

    generation: Generation
    folder: Path
    lists: Mapping[PriorKey, RankedList]
    index: bytes


def _fill(stores: NightlyStores) -> None:
    stores.catalogue.write_categories(CATEGORIES)
    stores.catalogue.write_products(PRODUCTS)
    events = busy_events()
    mistaken = events[-1].occurred_at.replace(year=2099)
    erased = Erasures(key=_KEY).with_more([session_digest(_KEY, _ERASED)], NOON, "ann")
    stores.plans.write(ERASURES, ERASURE_LIST.encode(erased), after=0)
    stores.history.append([*events, replace(events[-1], event_id=_FAR, occurred_at=mistaken)])


def _read_back(home: Path, generation_id: GenerationId) -> Made:
    """Read every list that the night's folder names back from its store."""
    folder = home / "warehouse" / "generations" / generation_id
    with open_stores(StorageSettings(home=home)) as stores:
        [generation] = stores.priors.generations()
        keys = [
            (table, key)
            for table in tables_in(folder)
            for batch in read_lists(folder, table)
            for key in batch.keys.to_pylist()
        ]
        index = b"".join(stores.priors.read_index(generation_id))
        return Made(generation, folder, stores.priors.read_many(generation_id, keys), index)


def _step(*words: str, **arguments: object) -> None:
    """Run a step of a night by hand."""
    done = subprocess.run(
        [sys.executable, "-m", "nightly", *words],
        input=json.dumps(arguments) + "\n",
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def over_files(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Run the steps of a night over files, with the jobs alone instead of the DAG around them."""
    home = tmp_path_factory.mktemp("files")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FITTING_ROOM_HOME", str(home))
        environment.setenv("FITTING_ROOM_PRIVACY_KEYS", _PRIVACY_KEY)
        with open_stores() as stores:
            _fill(stores)
            request = begin_night(stores, date(2030, 1, 1))
            plan = plan_night(request, stores.nightly, FORMULAS)
        plan_file = str(plan_file_of(plan))
        for job in JOBS:
            _step("spark-step", job, arguments=[plan_file])
        _step("index_sessions", plan=plan_file)
        _step("end_night")
        publish_folder(Path(check(plan_file_of(plan))))
        return _read_back(home, plan.generation_id)


@pytest.fixture(scope="module")
def over_cassandra(
    cassandra_contact_points: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Made]:
    """Run the command, which knows of Cassandra by its settings alone."""
    try:
        jars_of("connector")
    except StackUnavailableError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    home = tmp_path_factory.mktemp("cassandra")
    with (
        own_keyspace(cassandra_contact_points, "night") as connection,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("FITTING_ROOM_CASSANDRA_CONTACT_POINTS", cassandra_contact_points)
        environment.setenv("FITTING_ROOM_CASSANDRA_KEYSPACE", connection.keyspace)
        environment.setenv("FITTING_ROOM_PRIVACY_KEYS", _PRIVACY_KEY)
        # The node asks for none, but what a job is given must not be seen anywhere.
        environment.setenv("FITTING_ROOM_CASSANDRA_PASSWORD", "not-to-be-seen")
        with open_stores(StorageSettings(home=home)) as stores:
            _fill(stores)
        done = subprocess.run(
            [FITTING_ROOM, "nightly", "--home", home],
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        with open_stores(StorageSettings(home=home)) as stores:
            active = stores.priors.active()
        assert active is not None
        yield _read_back(home, active.generation_id)


def test_the_shop_has_something_for_every_table(over_files: Made) -> None:
    assert {table for table, _ in over_files.lists} == set(PriorTable)


def test_the_same_history_makes_identical_lists_on_both_stacks(
    over_files: Made, over_cassandra: Made
) -> None:
    assert over_cassandra.lists.keys() == over_files.lists.keys()
    for key, members in over_files.lists.items():
        assert over_cassandra.lists[key] == members, key
    assert over_cassandra.index == over_files.index
    assert decode_index(over_files.index).session_count > 0


def test_an_erased_session_is_the_only_one_that_the_index_lacks(over_files: Made) -> None:
    views: dict[SessionId, set[ProductId]] = {}
    for event in busy_events():
        if event.type is EventType.PRODUCT_VIEW:
            views.setdefault(event.session_id, set()).update(event.product_ids)
    of_several = {session for session, products in views.items() if len(products) > 1}
    assert _ERASED in of_several
    digests = {digest_number(session_digest(_KEY, name)) for name in of_several - {_ERASED}}
    assert set(decode_index(over_files.index).digests.tolist()) == digests


def test_the_generation_is_the_same_but_for_the_moment_it_was_made(
    over_files: Made, over_cassandra: Made
) -> None:
    ours, theirs = over_cassandra.generation, over_files.generation
    assert ours.generation_id == theirs.generation_id
    assert BEGUN_AT in ours.parameters
    assert {**ours.parameters, BEGUN_AT: ""} == {**theirs.parameters, BEGUN_AT: ""}
    assert ours.rows_by_table == theirs.rows_by_table
    assert ours.absent == theirs.absent


def test_a_row_of_2099_is_left_out_of_the_night_and_counted_on_both_stacks(
    over_files: Made, over_cassandra: Made
) -> None:
    newest = max(event.occurred_at for event in busy_events()).date()
    for made in (over_files, over_cassandra):
        assert made.generation.run_date == newest
        assert made.generation.parameters[EVENTS_AFTER_TODAY] == "1"


def test_the_password_is_in_no_log_and_in_no_file_of_the_night(over_cassandra: Made) -> None:
    home = over_cassandra.folder.parents[2]
    kept = [file for file in home.rglob("*") if file.is_file()]
    assert (home / "airflow" / "nightly.log") in kept
    assert [file for file in kept if b"not-to-be-seen" in file.read_bytes()] == []
