"""Counts the events that waited, once the catalogue has their products.

The log has an event before it is removed here, and it keeps its id: killed in between, or run by
several processes at once, it is published again and counts once.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from personalization.catalogue.catalogue_cache import CatalogueCache, CatalogueIds
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import Clock
from personalization.domain.consent import NOTHING_STATED
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ports.event_log import EventPublisher, Message
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from personalization.ports.waiting_events import WaitingEvent, WaitingEventStore, WaitingPlace
from personalization.tracking.consents import ReadStatements, know_nothing
from personalization.tracking.rejection import NO_CONSENT, EventRejection
from personalization.tracking.sent_event import ids_in, sent_event
from personalization.tracking.unknown_products import (
    UNKNOWN_PRODUCT,
    circumstances_of,
    hold_back,
    letter_of,
)
from personalization.tracking.validation import Circumstances, judge

AT_ONCE: Final = 200
"""Events that are read, published and removed together."""
IDS_AT_ONCE: Final = 2_000
PUBLISH_SECONDS: Final = 10.0
SOURCE: Final = "api"
"""Whose dead letters they become: a redrive judges them as it judges those of the API."""
_APART: Final = timedelta(microseconds=1)


class WaitingOutcome(StrEnum):
    """What became of an event that waited; a label of the metric."""

    COUNTED = "counted"
    EXPIRED = "expired"
    REFUSED = "refused"
    """The product is there, and something else forbids it."""


@dataclass(slots=True)
class WaitingTally:
    waiting: int = 0
    """How many wait on."""
    outcomes: Counter[WaitingOutcome] = field(default_factory=Counter)


@dataclass(slots=True)
class _Judged:
    events: list[Message] = field(default_factory=list)
    letters: list[Message] = field(default_factory=list)


class WaitingEvents:
    """Looks after the events that wait, when it is asked to; nothing is kept between calls."""

    def __init__(
        self,
        store: WaitingEventStore,
        catalogue: CatalogueCache,
        publisher: EventPublisher,
        clock: Clock,
        unchecked: tuple[tuple[str, str], ...],
        statements: ReadStatements = know_nothing,
    ) -> None:
        """Take the headers of an event whose decision only the learner can judge."""
        self._statements = statements
        self._store = store
        self._catalogue = catalogue
        self._publisher = publisher
        self._clock = clock
        self._unchecked = unchecked

    def publish_due(self) -> WaitingTally:
        """Publish what can count now, and set aside what waited in vain.

        May raise `StoreUnavailableError`: then it is to be called again.
        """
        places = self._store.places()
        known = self._known_products({name for place in places for name in place.product_ids})
        now = self._clock.now()
        due = [
            place
            for place in places
            if place.expires_at <= now or known.issuperset(place.product_ids)
        ]
        tally = WaitingTally(waiting=len(places) - len(due))
        for start in range(0, len(due), AT_ONCE):
            self._settle(due[start : start + AT_ONCE], tally)
        return tally

    def _known_products(self, product_ids: Collection[ProductId]) -> set[ProductId]:
        wanted, known = sorted(product_ids), set[ProductId]()
        for start in range(0, len(wanted), IDS_AT_ONCE):
            ids = frozenset(wanted[start : start + IDS_AT_ONCE])
            known |= self._catalogue.read_ids(ids, frozenset()).products.keys()
        return known

    def _settle(self, places: Sequence[WaitingPlace], tally: WaitingTally) -> None:
        events = self._store.read(places)
        known = self._known_ids(events)
        judged, now = _Judged(), self._clock.now()
        stated = self._statements([event.place.session_id for event in events])
        for number, event in enumerate(events):
            statement = stated.get(event.place.session_id, NOTHING_STATED)
            batch = replace(circumstances_of(event), statement=statement)
            outcome = self._judge(event, batch, known, judged, now + number * _APART)
            tally.outcomes[outcome] += 1
        for topic, messages in ((USER_INTERACTIONS, judged.events), (DEAD_LETTER, judged.letters)):
            if messages:
                _wait(self._publisher.publish(topic, messages))
        self._store.remove(places)

    def _known_ids(self, events: Sequence[WaitingEvent]) -> CatalogueIds:
        products: set[ProductId] = set()
        categories: set[CategoryId] = set()
        for event in events:
            of_event = ids_in([sent_event(event.body.encode())])
            products |= of_event[0]
            categories |= of_event[1]
        return self._catalogue.read_ids(products, categories)

    def _judge(
        self,
        waiting: WaitingEvent,
        batch: Circumstances,
        known: CatalogueIds,
        judged: _Judged,
        now: datetime,
    ) -> WaitingOutcome:
        """Add to `judged` what the log is to have of an event."""
        sent = sent_event(waiting.body.encode())
        outcome = judge(sent, batch, known)
        if isinstance(outcome, EventRejection) and outcome.code == NO_CONSENT:
            return WaitingOutcome.REFUSED
        if isinstance(outcome, EventRejection):
            judged.letters.append(_letter(waiting.body, outcome, waiting))
            is_unknown = outcome.code == UNKNOWN_PRODUCT
            return WaitingOutcome.EXPIRED if is_unknown else WaitingOutcome.REFUSED
        event = replace(outcome.event, received_at=now)
        headers = () if waiting.was_checked else self._unchecked
        judged.events.append(Message(event.session_id, EVENT.encode(event), headers))
        rest = hold_back(sent, outcome, batch, known)
        if rest is not None:
            names = ", ".join(rest.product_ids[:3])
            why = EventRejection(UNKNOWN_PRODUCT, f"The catalogue has no product {names}.")
            judged.letters.append(_letter(rest.body, why, waiting))
        return WaitingOutcome.COUNTED


def _letter(body: str, why: EventRejection, waiting: WaitingEvent) -> Message:
    waited = waiting.place.expires_at - waiting.received_at
    if why.code == UNKNOWN_PRODUCT:
        hours = f"It waited for {waited / timedelta(hours=1):g} hours."
        why = EventRejection(why.code, f"{why.detail} {hours}")
    return letter_of(body, why, waiting, SOURCE)


def _wait(published: Future[None]) -> None:
    try:
        published.result(PUBLISH_SECONDS)
    except TimeoutError as error:
        raise StoreUnavailableError("The log did not take the events in time.") from error
