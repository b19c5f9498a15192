"""What a person did in earlier visits, as the history tells it."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, ProductId, SessionId, UserId
from personalization.neighbours.erasures import Erasures, session_digest
from personalization.recommendations.person import PersonVisits, Purchase
from personalization.recommendations.person_history import (
    KEPT_SECONDS,
    LOOK_AGAIN_SECONDS,
    MOST_BROUGHT,
    MOST_VISITS,
    PersonHistory,
)
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import SmallShop, a_small_shop

ANN, BOB = UserId("ann"), UserId("bob")
SHIRT, OTHER, SKIRT = map(ProductId, ("shirt-1", "shirt-2", "skirt-1"))
HERE = SessionId("here")


def ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


class Store:
    """A history that may be away, and the seconds that pass."""

    def __init__(self, path: Path, shop: SmallShop) -> None:
        self.history = SqliteEventHistory(path)
        self.is_away = False
        self.reads = 0
        self.now = 0.0
        self.erasures = Erasures()
        self._count = 0
        self.persons = PersonHistory(
            self,  # type: ignore[arg-type]
            shop.catalogue,
            lambda: self.erasures,
            lambda user_id: (user_id,),
            lambda: self.now,
        )

    def did(
        self, visit: int, days: float, type_: str = "product_view", *products: str, **more: object
    ) -> None:
        self._count += 1
        fields = {"user_id": ANN, **more}
        event = an_event(
            event_id=EventId(f"event-{self._count}"), session_id=SessionId(f"visit-{visit}"),
            type=EventType(type_), occurred_at=ago(days), received_at=ago(days),
            product_ids=tuple(map(ProductId, products)), **fields,
        )  # fmt: skip
        self.history.append([event])

    def sessions_of(self, user_id: UserId, limit: int) -> Sequence[SessionId]:
        self.reads += 1
        if self.is_away:
            raise StoreUnavailableError
        return self.history.sessions_of(user_id, limit)

    def read_many(self, session_ids: Sequence[SessionId]) -> dict[SessionId, Sequence[Event]]:
        return dict(self.history.read_many(session_ids))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store with nothing in it."""
    made = Store(tmp_path / "history.sqlite", a_small_shop(tmp_path))
    with closing(made.history):
        yield made


def test_what_was_viewed_and_bought_is_known_over_all_visits_newest_first(store: Store) -> None:
    store.did(1, 9, "product_view", "shirt-1", user_id=None)
    store.did(1, 8, "checkout", "shirt-1", "skirt-1")
    store.did(2, 3, "product_view", "skirt-1")
    store.did(2, 2, "checkout", "shirt-1")
    store.did(3, 1, "product_view", "shirt-1")
    store.did(4, 1, "product_view", "shirt-2", user_id=BOB)
    assert store.persons.read(ANN, NOON) == PersonVisits(
        user_id=ANN,
        viewed=(SHIRT, SKIRT),
        bought=(Purchase(SHIRT, ago(2), 2), Purchase(SKIRT, ago(8), 1)),
    )
    assert store.persons.read(UserId("nobody"), NOON).viewed == ()


def test_what_was_paid_back_was_not_bought_and_a_page_alone_buys_nothing(store: Store) -> None:
    store.did(1, 9, "checkout", "shirt-1")
    store.did(1, 8, "checkout", "skirt-1")
    store.did(2, 7, "refund", "skirt-1")
    store.did(2, 6, "refund", "skirt-1")
    store.did(2, 5, "checkout", "shirt-2", attested=False)
    assert store.persons.read(ANN, NOON).bought == (Purchase(SHIRT, ago(9), 1),)


def test_of_what_was_paid_back_in_part_the_rest_was_bought(store: Store) -> None:
    store.did(1, 9, "checkout", "shirt-1", "skirt-1", quantities=(2, 3))
    store.did(1, 8, "checkout", "shirt-1")
    store.did(2, 7, "refund", "shirt-1", "skirt-1", quantities=(2, 2))
    assert store.persons.read(ANN, NOON).bought == (
        Purchase(SHIRT, ago(9), 1),
        Purchase(SKIRT, ago(9), 1),
    )


def test_a_login_brings_what_is_left_in_the_cart(store: Store) -> None:
    store.did(1, 9, "add_to_cart", "shirt-1", quantities=(3,))
    store.did(1, 8, "remove_from_cart", "shirt-1", quantities=(2,))
    assert [act.type for act in store.persons.acts(ANN, HERE)] == [EventType.ADD_TO_CART]
    store.did(2, 7, "remove_from_cart", "shirt-1", quantities=(1,))
    assert store.persons.acts(ANN, HERE) == ()


def test_a_visit_of_another_brings_nothing_though_it_names_the_person(store: Store) -> None:
    store.did(1, 3, "product_view", "shirt-1", user_id=BOB)
    store.did(1, 2, "product_view", "skirt-1")
    assert store.persons.read(ANN, NOON).viewed == ()
    assert store.persons.read(BOB, NOON).viewed == (SHIRT,)
    assert store.persons.acts(ANN, HERE) == ()


def test_a_login_brings_the_newest_act_with_each_product_that_was_not_taken_back(
    store: Store,
) -> None:
    store.did(1, 9, "product_view", "shirt-1")
    store.did(1, 8, "add_to_cart", "shirt-1")
    store.did(1, 7, "add_to_cart", "skirt-1")
    store.did(2, 6, "remove_from_cart", "skirt-1")
    store.did(2, 5, "product_view", "gone")
    store.did(2, 4, "impression", "shirt-2", decision_id="decision-1", slots=(0,))
    acts = store.persons.acts(ANN, HERE)
    assert [(act.product_id, act.type, act.occurred_at, act.reward) for act in acts] == [
        (SHIRT, EventType.ADD_TO_CART, ago(8), 3.0)
    ]
    assert store.persons.acts(ANN, SessionId("visit-1")) == ()


def test_what_is_read_and_brought_along_is_bounded(store: Store) -> None:
    for visit in range(MOST_VISITS + 5):
        store.did(visit, 100 - visit, "product_view", "shirt-1")
    store.did(0, 99, "product_view", "skirt-1")
    assert store.persons.read(ANN, NOON).viewed == (SHIRT,)
    assert len(store.persons.acts(ANN, HERE)) <= MOST_BROUGHT


def test_an_erased_visit_is_nobodys_even_if_its_events_come_later(store: Store) -> None:
    store.did(1, 2, "product_view", "shirt-1")
    keyed = Erasures().with_key()
    digest = session_digest(keyed.key, SessionId("visit-1"))
    store.erasures = keyed.with_more([digest], NOON, "ann")
    assert store.persons.read(ANN, NOON).viewed == ()


def test_while_the_history_is_away_nothing_is_known_and_said(store: Store) -> None:
    store.did(1, 2, "product_view", "shirt-1")
    store.is_away = True
    assert store.persons.read(ANN, NOON) == PersonVisits(user_id=ANN, is_known=False)
    with pytest.raises(StoreUnavailableError):
        store.persons.acts(ANN, HERE)
    assert store.reads == 1
    store.is_away, store.now = False, LOOK_AGAIN_SECONDS
    assert store.persons.read(ANN, NOON).viewed == (SHIRT,)


def test_a_person_is_read_once_in_some_seconds(store: Store) -> None:
    store.did(1, 2, "product_view", "shirt-1")
    first = store.persons.read(ANN, NOON)
    store.did(1, 1, "product_view", "skirt-1")
    assert store.persons.read(ANN, NOON) == first
    assert store.reads == 1
    store.now += KEPT_SECONDS
    assert store.persons.read(ANN, NOON).viewed == (SKIRT, SHIRT)
