"""Serving reads plans often, and is never failed by one."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.plans.current_plan import CurrentPlan
from personalization.ports.plan_store import RULES
from tests.builders.interruptible import Interruptible

NEVER = 1e9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlitePlanStore]:
    with closing(SqlitePlanStore(tmp_path / "plans.sqlite")) as opened:
        yield opened


def a_number(body: bytes) -> int:
    return int(body)


def test_before_the_first_version_the_given_document_holds(store: SqlitePlanStore) -> None:
    parsed = CurrentPlan(store, RULES, a_number, 7, NEVER).read()

    assert (parsed.version, parsed.document) == (0, 7)


def test_the_newest_version_is_parsed(store: SqlitePlanStore) -> None:
    store.write(RULES, b"1", after=0)
    store.write(RULES, b"2", after=1)

    parsed = CurrentPlan(store, RULES, a_number, 7, NEVER).read()

    assert (parsed.version, parsed.document) == (2, 2)


def test_a_newer_version_is_seen_when_it_is_time(store: SqlitePlanStore) -> None:
    seldom = CurrentPlan(store, RULES, a_number, 7, NEVER)
    always = CurrentPlan(store, RULES, a_number, 7, 0)
    assert (seldom.read().document, always.read().document) == (7, 7)

    store.write(RULES, b"1", after=0)

    assert (seldom.read().document, always.read().document) == (7, 1)
    seldom.refresh()
    assert seldom.read().document == 1


def test_a_document_that_does_not_change_is_parsed_once(store: SqlitePlanStore) -> None:
    parsed: list[bytes] = []

    def remember(body: bytes) -> int:
        parsed.append(body)
        return len(parsed)

    store.write(RULES, b"1", after=0)
    plan = CurrentPlan(store, RULES, remember, 0, 0)

    assert [plan.read().document for _ in range(3)] == [1, 1, 1]
    assert parsed == [b"1"]


def test_an_outage_keeps_the_last_one(store: SqlitePlanStore) -> None:
    store.write(RULES, b"1", after=0)
    interruptible = Interruptible(store)
    plan = CurrentPlan(interruptible, RULES, a_number, 7, 0)
    plan.read()

    interruptible.away = True
    assert plan.read().document == 1

    store.write(RULES, b"2", after=1)
    interruptible.away = False
    assert plan.read().document == 2


def test_a_store_that_is_away_at_the_start_leaves_the_given_document(
    store: SqlitePlanStore,
) -> None:
    interruptible = Interruptible(store)
    interruptible.away = True

    assert CurrentPlan(interruptible, RULES, a_number, 7, 0).read().document == 7


def test_a_version_that_does_not_parse_keeps_the_last_one_and_says_so_once(
    store: SqlitePlanStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.write(RULES, b"1", after=0)
    plan = CurrentPlan(store, RULES, a_number, 7, 0)
    plan.read()

    store.write(RULES, b"not a number", after=1)

    assert [plan.read().version for _ in range(3)] == [1, 1, 1]
    assert len(caplog.records) == 1
    store.write(RULES, b"3", after=2)
    assert plan.read().document == 3
