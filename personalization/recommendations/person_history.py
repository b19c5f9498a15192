"""Reads what a person did in earlier visits, from the history."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from threading import Lock
from typing import Final, NamedTuple

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.access.user_binding import UserBinding, owner_of
from personalization.domain.consent import ConsentPurpose
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.event import Event, EventType, PastAct
from personalization.domain.identifiers import ProductId, SessionId, UserId
from personalization.domain.session import RecentEvent, Session
from personalization.neighbours.erasures import Erasures, session_digest
from personalization.ports.event_history import EventHistory
from personalization.recommendations.person import PersonVisits, Purchase
from personalization.sessions.counting import products_in, recent_of
from personalization.telemetry.metrics import STORE_FAILURES
from personalization.tracking.consents import usable

MOST_VISITS: Final = 20
"""The newest: a person who comes every week is known for four months."""
MOST_BROUGHT: Final = 20
"""Products that a login brings along: as many as evidence has."""
MOST_PRODUCTS: Final = 200
"""Of what was viewed, and of what was bought."""
KEPT_SECONDS: Final = 5.0
"""A page of several rows, and the next one, cost one read."""
MOST_KEPT: Final = 2_000
LOOK_AGAIN_SECONDS: Final = 2.0
"""After a failure the history is left alone this long: each try may cost its whole timeout."""


class _Pieces(NamedTuple):
    """What an order or refund says of one product."""

    moment: datetime
    number: int | None
    """None where it does not say; one of an order."""


@dataclass(slots=True)
class PersonHistory:
    """Its calls block; any number of threads may ask."""

    history: EventHistory
    catalogue: CatalogueCache
    erasures: Callable[[], Erasures]
    aliases: Callable[[UserId], Collection[UserId]]
    """All ids under which a person may be found."""
    seconds: Callable[[], float] = time.monotonic
    _kept: OrderedDict[UserId, tuple[float, PersonVisits]] = field(
        init=False, default_factory=OrderedDict
    )
    _turn: Lock = field(init=False, default_factory=Lock)
    _avoid_until: float = field(init=False, default=float("-inf"))

    def read(self, user_id: UserId, now: datetime) -> PersonVisits:
        """Return the person's visits, as of some seconds ago; while the history is away nothing."""
        with self._turn:
            kept_at, visits = self._kept.get(user_id, (float("-inf"), None))
        if visits is not None and self.seconds() - kept_at < KEPT_SECONDS:
            return visits
        try:
            visits = _visits_of(user_id, self._events(user_id), now)
        except StoreUnavailableError:
            return PersonVisits(user_id=user_id, is_known=False)
        with self._turn:
            self._kept[user_id] = self.seconds(), visits
            self._kept.move_to_end(user_id)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return visits

    def acts(self, user_id: UserId, beside: SessionId) -> tuple[PastAct, ...]:
        """Return what the person did in other visits than one, the newest of each product.

        What was taken back since is left out. Raises `StoreUnavailableError`.
        """
        events = [event for event in self._events(user_id) if event.session_id != beside]
        products = self.catalogue.products(products_in(events))
        newest: dict[ProductId, RecentEvent] = {}
        for entry in _in_force(events, lambda event: recent_of(event, products)):
            if entry.product_id is not None and entry.reward:
                newest.setdefault(entry.product_id, entry)
        return tuple(
            PastAct(product_id, entry.type, entry.occurred_at, entry.reward)
            for product_id, entry in list(newest.items())[:MOST_BROUGHT]
        )

    def _events(self, user_id: UserId) -> list[Event]:
        """Return the events of the visits that are the person's, without those of logins."""
        if self.seconds() < self._avoid_until:
            raise StoreUnavailableError("The history did not answer a moment ago.")
        try:
            erasures, aliases = self.erasures(), self.aliases(user_id)
            named = self.history.sessions_of(user_id, MOST_VISITS)
            erased = erasures.sessions() if erasures.key else frozenset()
            wanted = [
                name
                for name in named
                if not erased or session_digest(erasures.key, name) not in erased
            ]
            found = self.history.read_many(wanted)
        except StoreUnavailableError:
            STORE_FAILURES.labels("person_history").inc()
            self._avoid_until = self.seconds() + LOOK_AGAIN_SECONDS
            raise
        return [
            event
            for events in found.values()
            if _is_of(aliases, owner_of(events))
            for event in usable(events, ConsentPurpose.PERSONALIZE)
            if event.user_id in {None, *aliases} and event.type is not EventType.LOGIN
        ]


def _is_of(aliases: Collection[UserId], owner: UserBinding | None) -> bool:
    return owner is not None and owner.user_id in aliases


def _in_force(
    events: Iterable[Event], entries_of: Callable[[Event], Sequence[RecentEvent]]
) -> tuple[RecentEvent, ...]:
    """Return what was done and not taken back since, newest first over all visits."""
    entries = [
        entry for event in events if not event.type.is_attention for entry in entries_of(event)
    ]
    entries.sort(key=lambda entry: (entry.occurred_at, entry.event_id), reverse=True)
    if not entries:
        return ()
    moment = entries[0].occurred_at
    visits = Session(
        session_id=SessionId(""),
        started_at=moment,
        watermark=moment,
        recent=tuple(entries),
        by_pieces=True,
    )
    return visits.in_force()


def _visits_of(user_id: UserId, events: Sequence[Event], now: datetime) -> PersonVisits:
    past = [event for event in events if event.occurred_at <= now + _CLOCKS_APART]
    past.sort(key=lambda event: (event.occurred_at, event.event_id), reverse=True)
    views = (event for event in past if event.type is EventType.PRODUCT_VIEW)
    viewed = dict.fromkeys(product for event in views for product in event.product_ids)
    return PersonVisits(
        user_id=user_id,
        viewed=tuple(viewed)[:MOST_PRODUCTS],
        bought=tuple(islice(_purchases(past), MOST_PRODUCTS)),
    )


def _purchases(newest_first: Sequence[Event]) -> Iterator[Purchase]:
    """Return what was bought, each product less what was paid back."""
    orders: dict[ProductId, list[_Pieces]] = {}
    refunds: dict[ProductId, list[_Pieces]] = {}
    kinds = {EventType.CHECKOUT: orders, EventType.REFUND: refunds}
    for event in newest_first:
        if event.type in kinds and not event.is_worthless:
            for product in dict.fromkeys(event.product_ids):
                pieces = _Pieces(event.occurred_at, event.pieces_of(product))
                kinds[event.type].setdefault(product, []).append(pieces)
    for product, paid_back in refunds.items():
        for refund in reversed(paid_back):
            _give_back(orders.get(product, []), refund)
    return (
        Purchase(product, bought[0].moment, len(bought))
        for product, bought in orders.items()
        if bought
    )


def _give_back(orders: list[_Pieces], refund: _Pieces) -> None:
    """Take a refund's pieces from the newest orders before it; the newest whole if it names none.

    `orders` are of one product, newest first. What has pieces left stays an order.
    """
    place = next((n for n, order in enumerate(orders) if order.moment <= refund.moment), None)
    if place is None:
        return
    if refund.number is None:
        del orders[place]
        return
    wanted = refund.number
    while place < len(orders) and wanted >= (orders[place].number or 1):
        wanted -= orders.pop(place).number or 1
    if place < len(orders):
        left = (orders[place].number or 1) - wanted
        orders[place] = orders[place]._replace(number=left)


_CLOCKS_APART: Final = timedelta(minutes=5)
"""Shoppers' clocks are believed so far ahead."""
