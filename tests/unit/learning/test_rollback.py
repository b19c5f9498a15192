"""Going back: what an operator gets, and what the learner finds when it starts again."""

import json
from pathlib import Path

import msgspec
import pytest

from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.domain.errors import DamagedSnapshotError, SupersededError
from personalization.domain.event import Event, EventType
from personalization.domain.outcome_rules import OutcomeRules
from personalization.learning.attribution import OutcomeAttribution
from personalization.learning.learner_state import LearnerState
from personalization.learning.rollback import roll_back
from personalization.ports.model_store import STATE_PART
from tests.unit.learning.test_outcomes import START_MS, WINDOW_MS, an_impression, an_outcome

RULES = OutcomeRules(WINDOW_MS, correction_ms=WINDOW_MS)


def a_snapshot(model: str, rounds: int, offset: int) -> dict[str, bytes]:
    state = {"rounds": rounds, "offsets": [{"offset": offset}], "open": {"d": [1, 2.5, None]}}
    return {"model.vw": model.encode(), STATE_PART: json.dumps(state).encode()}


@pytest.fixture
def store(tmp_path: Path) -> SnapshotFolder:
    """Return a store with a good snapshot followed by a bad one."""
    store = SnapshotFolder(tmp_path)
    first = store.save(a_snapshot("good", rounds=10, offset=100), after=None)
    store.save(a_snapshot("bad", rounds=25, offset=300), after=first)
    return store


def test_the_whole_snapshot_comes_back_as_a_new_version(store: SnapshotFolder) -> None:
    first, second = (snapshot.version for snapshot in store.versions())

    made = roll_back(store, first, models_only=False)

    assert store.current() == made
    assert store.load(made) == store.load(first)
    assert [snapshot.version for snapshot in store.versions()] == [first, second, made]
    with pytest.raises(SupersededError):
        store.save(a_snapshot("worse", rounds=30, offset=400), after=second)


def test_with_the_models_alone_the_place_in_the_log_stays(store: SnapshotFolder) -> None:
    first, second = (snapshot.version for snapshot in store.versions())

    made = store.load(roll_back(store, first, models_only=True))

    assert made["model.vw"] == b"good"
    state = json.loads(made[STATE_PART])
    assert state == {**json.loads(store.load(second)[STATE_PART]), "rounds": 10}


def a_state(rounds: int, log: list[tuple[int, Event]], until_ms: int) -> dict[str, bytes]:
    """Return a snapshot of a learner that has taken so much of a log."""
    book = OutcomeAttribution(RULES)
    for moment_ms, event in log:
        book.close_due(START_MS + moment_ms)
        book.take(event, START_MS + moment_ms)
    book.close_due(START_MS + until_ms)
    state = LearnerState(
        [], book.open, book.closed, book.log_time_ms, rounds, 0, book.settled, book.carts
    )
    return {STATE_PART: msgspec.json.encode(state)}


def test_what_the_older_models_have_not_learned_is_not_corrected_in_them(tmp_path: Path) -> None:
    store = SnapshotFolder(tmp_path)
    early = (0, an_impression(1, "a"))
    late = (WINDOW_MS // 2, an_impression(2, "b", "c"))
    cart = (WINDOW_MS // 2 + 1, an_outcome(3, "b", EventType.ADD_TO_CART))
    before = store.save(a_state(1, [early], until_ms=WINDOW_MS), after=None)
    store.save(a_state(3, [early, late, cart], until_ms=WINDOW_MS * 3 // 2), after=before)

    made = store.load(roll_back(store, before, models_only=True))
    book = msgspec.json.decode(made[STATE_PART], type=LearnerState).book(RULES)
    for number, product in enumerate("abc", start=4):
        book.take(an_outcome(number, product, EventType.CHECKOUT), START_MS + WINDOW_MS * 3 // 2)
    corrected = book.close_due(START_MS + 9 * WINDOW_MS)

    assert [position.product_id for position in corrected] == ["a"]
    assert not book.carts


def test_a_damaged_version_is_not_gone_back_to(store: SnapshotFolder, tmp_path: Path) -> None:
    first, second = (snapshot.version for snapshot in store.versions())
    (tmp_path / first / "model.vw").write_bytes(b"goof")

    for models_only in (False, True):
        with pytest.raises(DamagedSnapshotError, match="SHA-256"):
            roll_back(store, first, models_only=models_only)
    assert store.current() == second


def test_going_back_leaves_a_damaged_current_one_behind(
    store: SnapshotFolder, tmp_path: Path
) -> None:
    first, second = (snapshot.version for snapshot in store.versions())
    (tmp_path / second / STATE_PART).write_bytes(b"{}")

    # Its place in the log cannot be read, so it cannot be kept.
    with pytest.raises(DamagedSnapshotError, match=second):
        roll_back(store, first, models_only=True)
    made = roll_back(store, first, models_only=False)

    assert store.load(made) == store.load(first)
