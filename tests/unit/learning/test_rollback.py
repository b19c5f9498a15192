"""Going back: what an operator gets, and what the learner finds when it starts again."""

import json
from pathlib import Path

import pytest

from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.domain.errors import DamagedSnapshotError, SupersededError
from personalization.learning.rollback import roll_back
from personalization.ports.model_store import STATE_PART


def a_snapshot(model: str, rounds: int, offset: int) -> dict[str, bytes]:
    state = {"rounds": rounds, "offsets": [{"offset": offset}], "open": {"d": [1, 2.5, None]}}
    return {"model.vw": model.encode(), STATE_PART: json.dumps(state).encode()}


@pytest.fixture
def store(tmp_path: Path) -> SnapshotFolder:
    """Return a store with a good snapshot and a bad one after it."""
    store = SnapshotFolder(tmp_path)
    first = store.save(a_snapshot("good", rounds=10, offset=100), after=None)
    store.save(a_snapshot("bad", rounds=25, offset=300), after=first)
    return store


def test_the_whole_snapshot_comes_back_as_a_new_version(store: SnapshotFolder) -> None:
    first, second = (one.version for one in store.versions())

    made = roll_back(store, first, models_only=False)

    assert store.current() == made
    assert store.load(made) == store.load(first)
    assert [one.version for one in store.versions()] == [first, second, made]
    with pytest.raises(SupersededError):
        store.save(a_snapshot("worse", rounds=30, offset=400), after=second)


def test_with_the_models_alone_the_place_in_the_log_stays(store: SnapshotFolder) -> None:
    first, second = (one.version for one in store.versions())

    made = store.load(roll_back(store, first, models_only=True))

    assert made["model.vw"] == b"good"
    state = json.loads(made[STATE_PART])
    assert state == {**json.loads(store.load(second)[STATE_PART]), "rounds": 10}


def test_a_damaged_version_is_not_gone_back_to(store: SnapshotFolder, tmp_path: Path) -> None:
    first, second = (one.version for one in store.versions())
    (tmp_path / first / "model.vw").write_bytes(b"goof")

    for models_only in (False, True):
        with pytest.raises(DamagedSnapshotError, match="SHA-256"):
            roll_back(store, first, models_only=models_only)
    assert store.current() == second


def test_going_back_leaves_a_damaged_current_one_behind(
    store: SnapshotFolder, tmp_path: Path
) -> None:
    first, second = (one.version for one in store.versions())
    (tmp_path / second / STATE_PART).write_bytes(b"{}")

    # Its place in the log cannot be read, so it cannot be kept.
    with pytest.raises(DamagedSnapshotError, match=second):
        roll_back(store, first, models_only=True)
    made = roll_back(store, first, models_only=False)

    assert store.load(made) == store.load(first)
