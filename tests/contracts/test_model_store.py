"""The contract of the model store: whole snapshots, one pointer, one writer."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from personalization.domain.errors import DamagedSnapshotError, SupersededError
from personalization.ports.model_store import ModelStore
from tests.contracts.places import KeptPlace

PARTS = {"model.vw": bytes(range(256)) * 5_000, "state.json": b"{}"}
"""More than a megabyte, so that a store that cuts parts into pieces has several."""


def test_before_the_first_snapshot_there_is_none(model_store: ModelStore) -> None:
    assert model_store.current() is None


def test_a_saved_snapshot_is_current_and_comes_back_whole(model_store: ModelStore) -> None:
    version = model_store.save(PARTS, after=None)

    assert model_store.current() == version
    assert model_store.load(version) == PARTS


def test_an_earlier_snapshot_can_still_be_loaded(model_store: ModelStore) -> None:
    first = model_store.save({"model.vw": b"first"}, after=None)
    second = model_store.save({"model.vw": b"second"}, after=first)

    assert model_store.current() == second
    assert model_store.load(first) == {"model.vw": b"first"}


def test_equal_parts_saved_again_are_a_version_of_their_own(model_store: ModelStore) -> None:
    first = model_store.save({"model.vw": b"same"}, after=None)

    assert model_store.save({"model.vw": b"same"}, after=first) != first


def test_versions_grow_in_order(model_store: ModelStore) -> None:
    versions: list[str] = []
    for number in range(12):
        after = versions[-1] if versions else None
        versions.append(model_store.save({"model.vw": bytes([number])}, after=after))

    assert versions == sorted(versions)


def test_the_newest_snapshots_are_kept_and_the_first_of_the_hour(model_place: KeptPlace) -> None:
    store = model_place.open_model_store(kept=2)
    versions: list[str] = []
    for number in range(6):
        after = versions[-1] if versions else None
        versions.append(store.save({"model.vw": bytes([number])}, after=after))

    for number in (0, 4, 5):
        assert store.load(versions[number]) == {"model.vw": bytes([number])}
    kept = {snapshot.version for snapshot in store.versions()}
    gone = [version for version in versions[1:4] if version not in kept]
    assert len(gone) >= 2  # An hour that turns meanwhile has a first one too.
    for version in gone:
        with pytest.raises(DamagedSnapshotError):
            store.load(version)


def test_what_is_kept_is_listed_oldest_first_with_its_moment(model_place: KeptPlace) -> None:
    store = model_place.open_model_store(kept=3)
    assert list(store.versions()) == []
    began = datetime.now(UTC)
    versions: list[str] = []
    for number in range(4):
        after = versions[-1] if versions else None
        versions.append(store.save({"model.vw": bytes([number])}, after=after))

    kept = store.versions()

    assert [snapshot.version for snapshot in kept] == versions
    assert kept[-1].version == store.current()
    moments = [snapshot.saved_at for snapshot in kept]
    assert moments == sorted(moments)
    # A file system's clock ticks more coarsely than ours.
    assert began - timedelta(seconds=1) <= moments[0] <= datetime.now(UTC) + timedelta(seconds=1)


def test_going_back_is_a_new_version_that_fences_off_who_wrote_the_last(
    model_place: KeptPlace,
) -> None:
    learners, operators = (model_place.open_model_store(kept=5) for _ in range(2))
    first = learners.save({"model.vw": b"good"}, after=None)
    second = learners.save({"model.vw": b"bad"}, after=first)

    third = operators.save(operators.load(first), after=second)

    assert learners.current() == third
    assert learners.load(third) == {"model.vw": b"good"}
    assert third > second > first
    with pytest.raises(SupersededError):
        learners.save({"model.vw": b"worse"}, after=second)


def test_a_pinned_snapshot_outlives_the_number_that_is_kept(model_place: KeptPlace) -> None:
    # The first of an hour stays anyway, so it is the second that is pinned.
    first = model_place.open_model_store(kept=2).save({"model.vw": b"first"}, after=None)
    second = model_place.open_model_store(kept=2).save({"model.vw": b"pinned"}, after=first)
    store = model_place.open_model_store(kept=1, pinned=[second])
    third = store.save({"model.vw": b"third"}, after=second)
    fourth = store.save({"model.vw": b"fourth"}, after=third)

    assert store.load(second) == {"model.vw": b"pinned"}
    assert [snapshot.version for snapshot in store.versions()] == [first, second, fourth]


def test_an_unknown_version_is_refused(model_store: ModelStore) -> None:
    with pytest.raises(DamagedSnapshotError):
        model_store.load("000009-abcdefabcdef")


def test_a_writer_that_began_before_another_saved_is_refused(model_place: KeptPlace) -> None:
    store, another = (model_place.open_model_store(kept=5) for _ in range(2))
    first = store.save({"model.vw": b"first"}, after=None)
    second = store.save({"model.vw": b"second"}, after=first)

    for stale in (None, first):
        with pytest.raises(SupersededError):
            another.save({"model.vw": b"stale"}, after=stale)

    assert another.current() == second
    assert another.load(second) == {"model.vw": b"second"}


def test_of_writers_at_once_one_wins(model_place: KeptPlace) -> None:
    first = model_place.open_model_store(kept=5).save({"model.vw": b"first"}, after=None)
    won: list[str] = []

    def write(number: int) -> None:
        store = model_place.open_model_store(kept=5)
        with suppress(SupersededError):
            won.append(store.save({"model.vw": bytes([number])}, after=first))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))

    assert won == [model_place.open_model_store(kept=5).current()]


def test_versions_are_listed_while_others_are_discarded(model_place: KeptPlace) -> None:
    writing, reading = (model_place.open_model_store(kept=1) for _ in range(2))
    first = writing.save({"model.vw": b"first"}, after=None)

    def write() -> str:
        version = first
        for number in range(40):
            version = writing.save({"model.vw": bytes([number])}, after=version)
        return version

    with ThreadPoolExecutor(1) as pool:
        last = pool.submit(write)
        while not last.done():
            assert reading.versions()[0].version == first  # The first of the hour.

    assert last.result() == reading.current()


def test_another_process_reads_what_was_saved(model_place: KeptPlace) -> None:
    version = model_place.open_model_store(kept=5).save(PARTS, after=None)

    reader = model_place.open_model_store(kept=5)
    assert reader.current() == version
    assert reader.load(version) == PARTS


def test_discarded_snapshots_are_gone_and_the_current_one_stays(model_store: ModelStore) -> None:
    first = model_store.save({"model.vw": b"first"}, after=None)
    second = model_store.save({"model.vw": b"second"}, after=first)
    third = model_store.save({"model.vw": b"third"}, after=second)

    model_store.discard([first, third, "000099-unknown"])

    assert [snapshot.version for snapshot in model_store.versions()] == [second, third]
    assert model_store.current() == third
    with pytest.raises(DamagedSnapshotError):
        model_store.load(first)
    assert model_store.save({"model.vw": b"fourth"}, after=third) > third
