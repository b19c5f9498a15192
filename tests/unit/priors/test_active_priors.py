"""What the ranking knows of the active generation, and how often it asks."""

from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from weakref import WeakSet

import pytest

from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import GenerationId, UserId
from personalization.domain.prior import PriorTable
from personalization.ports.prior_store import PriorStore
from personalization.priors import active_priors
from personalization.priors.active_priors import ActivePriors
from personalization.priors.loading import take_apart
from tests.builders.interruptible import Interruptible
from tests.builders.shops.known_shopper import KNOWN, TASTES, promote_tastes
from tests.builders.shops.small_shop import (
    GENERATION,
    INDEXED,
    PRIORS,
    SmallShop,
    a_small_shop,
    promote_with_index,
)
from tests.waiting import eventually

BOUNDS = pytest.mark.parametrize("bound", ["CACHED_LISTS", "CACHED_MEMBERS"])
LEADERS = (PriorTable.CATEGORY_LEADERS, "shirts")
NOWHERE = (PriorTable.CATEGORY_LEADERS, "hats")
LAGS = (PriorTable.LAG_AFFINITY, "shirt-1@1")


class WithoutIndex(Interruptible):
    """Its lists can be read while its index cannot."""

    index_away = False

    def read_index(self, generation_id: GenerationId) -> Sequence[bytes]:
        if self.index_away:
            raise StoreUnavailableError("away for a test")
        chunks: Sequence[bytes] = self.__getattr__("read_index")(generation_id)
        return chunks


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return a_small_shop(tmp_path)


def test_a_small_generation_is_read_whole_and_never_asked_again(shop: SmallShop) -> None:
    priors = ActivePriors(shop.priors)
    assert priors.read_ahead() == len(PRIORS)
    shop.priors.away = True
    assert priors.read(LEADERS) == PRIORS[LEADERS]
    assert priors.read(NOWHERE) == ()
    assert priors.strengths([NOWHERE])[NOWHERE] == {}


def test_a_table_that_is_not_read_ahead_is_read_as_it_is_wanted(shop: SmallShop) -> None:
    priors = ActivePriors(shop.priors)
    assert priors.read_ahead(without={LEADERS[0]}) == sum(key[0] != LEADERS[0] for key in PRIORS)
    assert priors.read(LEADERS) == PRIORS[LEADERS]
    shop.priors.away = True
    assert priors.read(LEADERS) == PRIORS[LEADERS]
    with pytest.raises(StoreUnavailableError):
        priors.read(NOWHERE)


def test_of_a_list_that_is_asked_for_its_strengths_only_these_are_kept(shop: SmallShop) -> None:
    priors, unknown = ActivePriors(shop.priors), (PriorTable.LAG_AFFINITY, "shirt-1@4")
    priors.read_ahead()
    assert priors.read(LAGS) == PRIORS[LAGS]
    assert priors.read(unknown) == ()
    shop.priors.away = True
    expected = {member.member_id: member.strength for member in PRIORS[LAGS]}
    assert priors.strengths([LAGS])[LAGS] == expected
    assert priors.strengths([unknown])[unknown] == {}
    with pytest.raises(StoreUnavailableError):
        priors.read(LAGS)


@BOUNDS
def test_strengths_are_read_again_once_the_cache_was_dropped(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    priors = ActivePriors(shop.priors)
    priors.read_ahead()
    monkeypatch.setattr(active_priors, bound, 1)
    priors.strengths([LEADERS])
    assert priors.strengths([LAGS])[LAGS] == {"shirt-3": 1.0, "shirt-1": 0.2}


def test_the_session_index_comes_with_its_generation(shop: SmallShop) -> None:
    assert shop.active_priors.session_index() is None
    index = promote_with_index(shop)
    shop.priors.away = True
    pinned = shop.active_priors.pin()
    found = pinned.session_index()
    assert found is not None
    assert found.products == index.products
    # Read once, and shared by all who decide.
    assert shop.active_priors.pin().session_index() is found


def test_a_generation_whose_index_cannot_be_read_yet_leaves_the_former_one_in_force(
    shop: SmallShop,
) -> None:
    store = WithoutIndex(shop.priors)
    priors = ActivePriors(store)
    priors.refresh()
    # Between the pointer and the index the store goes away.
    store.index_away = True
    promote_with_index(shop)
    priors.refresh()
    assert priors.generation().generation_id == GENERATION
    assert priors.read(LEADERS) == PRIORS[LEADERS]
    store.index_away = False
    priors.refresh()
    assert priors.generation().generation_id == INDEXED
    assert priors.session_index() is not None


class SlowIndex(Interruptible):
    """Its index is read only when it is let."""

    def __init__(self, store: PriorStore) -> None:
        super().__init__(store)
        self.let, self.asked = Event(), Event()

    def read_index(self, generation_id: GenerationId) -> Sequence[bytes]:
        self.asked.set()
        self.let.wait(30)
        chunks: Sequence[bytes] = self.__getattr__("read_index")(generation_id)
        return chunks


def test_decisions_go_on_by_the_former_generation_while_another_is_loaded(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(active_priors, "REFRESH_SECONDS", 0.0)
    store = SlowIndex(shop.priors)
    priors = ActivePriors(store)
    priors.read_ahead()
    before = priors.pin()
    promote_with_index(shop)
    assert priors.generation().generation_id == GENERATION
    assert store.asked.wait(30)
    assert priors.pin().read(LEADERS) == PRIORS[LEADERS]
    assert priors.generation().generation_id == GENERATION
    store.let.set()
    eventually(lambda: priors.generation().generation_id == INDEXED)
    assert priors.session_index() is not None
    # What was pinned before is asked of the former one, now from the store.
    assert before.generation().generation_id == GENERATION
    assert before.read(LEADERS) == PRIORS[LEADERS]
    assert before.read(NOWHERE) == ()


def test_what_loading_does_not_expect_reaches_who_decides(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(active_priors, "REFRESH_SECONDS", 0.0)
    priors = ActivePriors(shop.priors)
    assert priors.generation().generation_id == GENERATION
    promote_with_index(shop)

    def fail(_: Sequence[bytes]) -> bytes:
        raise MemoryError

    monkeypatch.setattr(active_priors, "join_chunks", fail)

    def has_failed() -> bool:
        try:
            priors.generation()
        except MemoryError:
            return True
        return False

    eventually(has_failed)


class Content:
    """Something that is kept."""


def test_a_dictionary_is_taken_apart_once_nobody_else_has_it() -> None:
    held = {number: Content() for number in range(1_234)}
    contents = WeakSet(held.values())
    given = [held]
    thread = Thread(target=lambda: take_apart(given.pop()))
    thread.start()
    eventually(lambda: not given)
    assert len(held) == len(contents) == 1_234
    del held
    thread.join()
    assert not contents


def test_a_generation_whose_index_is_damaged_serves_without_one(shop: SmallShop) -> None:
    promote_with_index(shop)
    shop.priors.write_index(INDEXED, [b"no index"])
    priors = ActivePriors(shop.priors)
    assert priors.session_index() is None
    assert priors.generation().generation_id == INDEXED


def test_a_large_generation_is_read_as_it_is_wanted(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(active_priors, "READ_AHEAD_LISTS", len(PRIORS) - 1)
    priors = ActivePriors(shop.priors)
    assert priors.read_ahead() == 0
    assert priors.read(LEADERS) == PRIORS[LEADERS]
    assert priors.read(NOWHERE) == ()


@BOUNDS
def test_a_full_cache_is_dropped_but_for_what_is_being_read(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(active_priors, bound, 1)
    priors = ActivePriors(shop.priors)
    priors.read(LEADERS)
    assert priors.read_many([LEADERS, NOWHERE]) == {LEADERS: PRIORS[LEADERS], NOWHERE: ()}


@BOUNDS
def test_what_was_read_ahead_is_read_again_once_the_cache_was_dropped(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    priors = ActivePriors(shop.priors)
    priors.read_ahead(without={LEADERS[0]})
    monkeypatch.setattr(active_priors, bound, 1)
    priors.read(LEADERS)
    others = [key for key in PRIORS if key[0] not in {LEADERS[0], PriorTable.LAG_AFFINITY}]
    assert others
    assert {key: priors.read(key) for key in others} == {key: PRIORS[key] for key in others}


def test_tastes_of_several_people_are_read_together(shop: SmallShop) -> None:
    promote_tastes(shop)
    priors, unknown = ActivePriors(shop.priors), UserId("user-2")
    priors.read_tastes([KNOWN, unknown])
    shop.priors.away = True
    assert priors.tastes(KNOWN) == TASTES
    assert priors.tastes(unknown) == ()
    with pytest.raises(StoreUnavailableError):
        priors.tastes(UserId("user-3"))


def test_tastes_that_are_kept_stay_bounded(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(active_priors, "KEPT_TASTES", 4)
    promote_tastes(shop)
    priors = ActivePriors(shop.priors)
    priors.read_tastes([KNOWN, *(UserId(f"user-{number}") for number in range(2, 9))])
    shop.priors.away = True
    assert priors.tastes(KNOWN) == TASTES
    with pytest.raises(StoreUnavailableError):
        priors.tastes(UserId("user-8"))
