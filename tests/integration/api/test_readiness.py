"""What `/health/ready` says is what the next event and page would find."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import redis

from api.schemas.health import Dependency
from api.state import ApiServices
from api.wiring import build_services
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.domain.identifiers import SessionId
from personalization.ports.event_log import EventLog
from personalization.ports.stores import KeptStores
from personalization.ports.topics import USER_INTERACTIONS
from personalization.settings.redis import RedisSettings
from personalization.wiring import CoreSettings, open_live
from tests.builders.interruptible import Interruptible
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import SESSION, a_wire_event
from tests.integration.api.serving import serve
from tests.waiting import eventually

READY = "/health/ready"
A_SECOND = timedelta(seconds=1)


@contextmanager
def without_table(file: Path, table: str) -> Iterator[None]:
    """Take a table away for a while, as a damaged file would."""

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(f"ALTER TABLE {old} RENAME TO {new}")

    rename(table, "away")
    try:
        yield
    finally:
        rename("away", table)


BROKEN = (
    ("catalogue.sqlite", "products", "catalogue"),
    ("event_log.sqlite", "group_offsets", "log"),
    ("decisions.sqlite", "decisions", "history"),
    ("claims.sqlite", "claims", "claims"),
    ("history.sqlite", "events", "claims"),
)


def test_a_store_that_events_need_makes_the_api_unready_until_it_is_back(
    client: httpx.Client, clock: SettableClock, tmp_path: Path
) -> None:
    assert client.get(READY).status_code == 200
    for file, table, part in BROKEN:
        with without_table(tmp_path / file, table):
            clock.advance(A_SECOND)
            answer = client.get(READY)
            assert (answer.status_code, answer.json()["ready"]) == (503, False)
            told = answer.json()["dependencies"]
            assert [name for name in told if told[name]["state"] == "down"] == [part]
            assert file in told[part]["hint"]
        clock.advance(A_SECOND)
        assert client.get(READY).status_code == 200


def test_while_events_of_a_product_are_refused_the_api_is_not_ready(
    client: httpx.Client, clock: SettableClock, tmp_path: Path
) -> None:
    event = a_wire_event(occurred_at=clock.now().isoformat(), product_id="not-read-yet")
    with without_table(tmp_path / "catalogue.sqlite", "products"):
        assert client.post("/v1/track", json=event).status_code == 503
        assert client.get(READY).status_code == 503
    answer = client.post("/v1/track", json=event)
    assert answer.json()["verdicts"][0]["verdict"] == "waiting"  # It is not there.
    clock.advance(A_SECOND)
    assert client.get(READY).status_code == 200


@pytest.mark.parametrize(
    ("file", "part"),
    [("event_log.sqlite", "log"), ("claims.sqlite", "claims"), ("decisions.sqlite", "history")],
)
def test_no_event_is_taken_into_a_file_that_was_removed_while_it_was_open(
    client: httpx.Client, clock: SettableClock, tmp_path: Path, file: str, part: str
) -> None:
    def track() -> int:
        event = a_wire_event(session_id=str(uuid4()), occurred_at=clock.now().isoformat())
        return client.post("/v1/track", json=event).status_code

    assert (client.get(READY).status_code, track()) == (200, 202)
    parts = list(tmp_path.glob(f"{file}*"))
    for piece in parts:
        piece.rename(tmp_path / f"away-{piece.name}")
    clock.advance(A_SECOND)
    answer = client.get(READY)
    assert (answer.status_code, answer.json()["dependencies"][part]["state"]) == (503, "down")
    assert track() == 503
    assert not (tmp_path / file).exists()

    for piece in parts:
        (tmp_path / f"away-{piece.name}").rename(piece)
    clock.advance(A_SECOND)
    eventually(lambda: (client.get(READY).status_code, track()) == (200, 202))


def test_a_redis_that_is_full_is_told_and_pages_go_on(
    settings: CoreSettings, services: ApiServices, kept_stores: KeptStores, clock: SettableClock
) -> None:
    with EmbeddedRedis(settings.storage.home / "own") as server:
        ours = replace(settings, redis=RedisSettings(url=server.url))
        with open_live(ours, kept_stores) as live:
            alone = build_services(ours, services.settings, kept_stores, live, services.clock)
            with (
                serve(alone) as address,
                httpx.Client(base_url=address) as client,
                closing(redis.Redis.from_url(server.url)) as store,
            ):
                assert client.get(READY).status_code == 200
                store.config_set("maxmemory", 1)
                clock.advance(A_SECOND)
                assert client.get(READY).status_code == 503
                profiles = client.get(READY).json()["dependencies"]["profiles"]
                assert profiles["state"] == "degraded"
                assert client.get(f"/v1/profiles/{SESSION}").status_code == 200
                store.config_set("maxmemory", 0)
                clock.advance(A_SECOND)
                assert client.get(READY).status_code == 200


def test_a_catalogue_that_is_not_read_yet_is_told_and_pages_go_on(services: ApiServices) -> None:
    store = Interruptible(services.catalogue)
    store.away = True
    columns = FilterColumns(store, look_seconds=0.01)
    with (
        serve(replace(services, columns=columns)) as address,
        httpx.Client(base_url=address) as client,
    ):
        answer = client.get(READY)
        assert answer.status_code == 200
        assert answer.json()["dependencies"]["columns"]["state"] == "degraded"
        assert client.get(f"/v1/profiles/{SESSION}").status_code == 200
        store.away = False
        eventually(lambda: client.get(READY).json()["dependencies"]["columns"] == {"state": "up"})


def test_readiness_is_tried_once_a_second_whoever_asks_and_leaves_no_event(
    client: httpx.Client, services: ApiServices, clock: SettableClock, log: EventLog
) -> None:
    def versions(asked: int) -> set[int]:
        found = set()
        for _ in range(asked):
            client.get(READY)
            [stored] = services.profiles.read_many([SessionId("readiness")]).values()
            found.add(stored.version)
        return found

    first = versions(40)
    clock.advance(A_SECOND)
    second = versions(40)

    assert (len(first), len(second), len(first & second)) == (1, 1, 0)
    with closing(log.consumer("group", [USER_INTERACTIONS])) as consumer:
        assert consumer.poll(10, 0.0) == []
    assert client.get("/v1/profiles/readiness").status_code == 404


def test_roles_of_the_same_process_are_told_with_the_parts(services: ApiServices) -> None:
    failed = {"learner": Dependency("degraded", "No snapshot is sound.")}
    with serve(replace(services, roles=lambda: failed)) as address:
        told = httpx.get(address + READY)
    assert told.status_code == 200
    assert told.json()["dependencies"]["learner"] == {
        "state": "degraded",
        "hint": "No snapshot is sound.",
    }
