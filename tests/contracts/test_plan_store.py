"""The contract of the plan store: versions that never change, and one writer at a time."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from personalization.domain.errors import SupersededError
from personalization.ports.plan_store import EXPERIMENTS, RULES, Plan, PlanStore
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock
from tests.contracts.places import KeptPlace


def test_before_the_first_version_there_is_none(plan_store: PlanStore) -> None:
    assert plan_store.read(RULES) is None
    assert list(plan_store.versions(RULES)) == []
    assert plan_store.read_version(RULES, 1) is None


def test_a_version_comes_back_whole(plan_store: PlanStore) -> None:
    body = b'{"rules": ["\xc3\xa9"]}'

    assert plan_store.write(RULES, body, after=0, author="ann") == 1

    written = Plan(name=RULES, version=1, written_at=NOON, author="ann", body=body)
    assert plan_store.read(RULES) == written
    assert plan_store.read_version(RULES, 1) == written


def test_an_author_may_be_missing(plan_store: PlanStore) -> None:
    plan_store.write(RULES, b"{}", after=0)

    assert plan_store.read(RULES) == Plan(name=RULES, version=1, written_at=NOON, body=b"{}")


def test_the_newest_version_is_read_and_the_older_ones_stay(plan_store: PlanStore) -> None:
    for number in range(12):
        assert plan_store.write(RULES, str(number).encode(), after=number) == number + 1

    newest = plan_store.read(RULES)
    third = plan_store.read_version(RULES, 3)
    assert newest is not None
    assert third is not None
    assert (newest.version, newest.body) == (12, b"11")
    assert third.body == b"2"
    assert list(plan_store.versions(RULES)) == list(range(12, 0, -1))


def test_plans_of_different_names_are_apart(plan_store: PlanStore) -> None:
    plan_store.write(RULES, b"rules", after=0)
    plan_store.write(EXPERIMENTS, b"experiments", after=0)
    plan_store.write(EXPERIMENTS, b"more", after=1)

    found = plan_store.read(RULES)
    assert found is not None
    assert (found.version, found.body) == (1, b"rules")


@pytest.mark.parametrize("after", [0, 2, 9])
def test_a_writer_that_saw_another_version_is_refused(plan_store: PlanStore, after: int) -> None:
    plan_store.write(RULES, b"first", after=0)

    with pytest.raises(SupersededError):
        plan_store.write(RULES, b"other", after=after)

    assert list(plan_store.versions(RULES)) == [1]


def test_the_first_version_cannot_come_after_another(plan_store: PlanStore) -> None:
    with pytest.raises(SupersededError):
        plan_store.write(RULES, b"first", after=1)


def test_a_writer_whose_answer_was_lost_may_write_again(plan_store: PlanStore) -> None:
    assert plan_store.write(RULES, b"first", after=0) == 1
    assert plan_store.write(RULES, b"first", after=0) == 1

    assert list(plan_store.versions(RULES)) == [1]


def test_older_versions_are_discarded_and_the_newest_never(plan_store: PlanStore) -> None:
    for number in range(4):
        plan_store.write(RULES, b"rules", after=number)
    plan_store.write(EXPERIMENTS, b"experiments", after=0)

    plan_store.discard(RULES, before=3)
    plan_store.discard(RULES, before=0)
    assert list(plan_store.versions(RULES)) == [4, 3]
    assert plan_store.read_version(RULES, 2) is None
    plan_store.discard(RULES, before=9)
    assert list(plan_store.versions(RULES)) == [4]
    assert list(plan_store.versions(EXPERIMENTS)) == [1]
    assert plan_store.write(RULES, b"more", after=4) == 5


def test_a_document_is_removed_whole_and_others_stay(plan_store: PlanStore) -> None:
    for number in range(2):
        plan_store.write("receipt.1", b"receipt", after=number)
    plan_store.write("receipt.2", b"receipt", after=0)
    plan_store.write(RULES, b"rules", after=0)
    assert sorted(plan_store.names("receipt.")) == ["receipt.1", "receipt.2"]
    plan_store.remove("receipt.1")
    plan_store.remove("receipt.3")
    assert list(plan_store.names("receipt.")) == ["receipt.2"]
    assert plan_store.read("receipt.1") is None
    assert plan_store.read(RULES) is not None


def test_of_writers_at_once_one_wins(kept_place: KeptPlace) -> None:
    won: list[int] = []

    def write(number: int) -> None:
        with kept_place.plan_store(SettableClock()) as store, suppress(SupersededError):
            store.write(RULES, bytes([number]), after=0)
            won.append(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))

    with kept_place.plan_store(SettableClock()) as store:
        newest = store.read(RULES)
    assert newest is not None
    assert (newest.version, [bytes([version]) for version in won]) == (1, [newest.body])
