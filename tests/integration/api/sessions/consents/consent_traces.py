"""What each store has of events, read from the stores themselves."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.integration.api.sessions.consents.consent_oracle import HeardEvent
from tests.integration.api.sessions.consents.played_visits import PlayedVisit
from tests.integration.api.sessions.consents.random_visits import UNKNOWN

ANY = "any"
"""In place of a purpose: what is kept at all."""
PRODUCTS = frozenset({"product_view", "add_to_cart", "checkout"})
EVIDENCE = PRODUCTS | {"category_view", "click", UNKNOWN}
EVERY_KIND = EVIDENCE | {"impression"}


@dataclass(frozen=True, slots=True)
class TraceStore:
    """A store, or a use of one, and the ids of the events that it has a trace of."""

    name: str
    purpose: str
    """What an event must have agreed to, to be here."""
    kinds: frozenset[str]
    """Events that can leave a trace here."""
    found: Collection[str]
    lacks: Collection[str] = ()
    """Events that are none of its, whatever they agreed to."""
    has_all: bool = True
    """Whether every event that agreed is to be there."""


@dataclass(slots=True)
class TraceCheck:
    """Holds stores against the oracle."""

    visits: Sequence[PlayedVisit]
    checked: Counter[str] = field(default_factory=Counter)
    """Store -> events that were looked for there."""
    found: Counter[str] = field(default_factory=Counter)
    beyond: list[str] = field(default_factory=list)
    """Traces that nobody agreed to."""
    lost: list[str] = field(default_factory=list)
    """Events that agreed and left no trace: else a store that is empty would pass."""

    def look(self, store: TraceStore) -> None:
        for visit in self.visits:
            for event in visit.events:
                if event.kind in store.kinds:
                    self._look_for(event, visit, store)

    def _look_for(self, event: HeardEvent, visit: PlayedVisit, store: TraceStore) -> None:
        is_found = event.event_id in store.found
        agreed = is_agreed(visit, event, store.purpose)
        self.checked[store.name] += 1
        self.found[store.name] += is_found
        said = "\n  ".join([f"{store.name}: {event.event_id[:8]}", *visit.story])
        if is_found and not agreed:
            self.beyond.append(said)
        # Of what comes late or has waited, less may be used than was agreed to.
        is_due = store.has_all and event.event_id not in store.lacks and event.kind != UNKNOWN
        is_plain = not visit.oracle.has_late_events and not visit.oracle.has_words_that_wait
        if agreed and not is_found and is_due and is_plain:
            self.lost.append(said)


def is_agreed(visit: PlayedVisit, event: HeardEvent, purpose: str) -> bool:
    if purpose == ANY:
        return bool(event.granted)
    return visit.oracle.allows(event, purpose)


@dataclass(frozen=True, slots=True)
class EventNames:
    """From what stores call an event to its id."""

    visits: Sequence[PlayedVisit]

    def by_marker(self, markers: Iterable[str]) -> set[str]:
        ids = {event.marker: event.event_id for _, event in self._all()}
        return {ids[marker] for marker in markers if marker in ids}

    def by_product(self, pairs: Iterable[tuple[str, str]]) -> set[str]:
        """Take pairs of a session and a product."""
        ids = {
            (visit.session_id, visit.product_of(event)): event.event_id
            for visit, event in self._all()
        }
        return {ids[pair] for pair in pairs if pair in ids}

    def _all(self) -> Iterator[tuple[PlayedVisit, HeardEvent]]:
        return ((visit, event) for visit in self.visits for event in visit.events)


def agreed_ids(visits: Sequence[PlayedVisit], purpose: str) -> frozenset[str]:
    return frozenset(
        event.event_id
        for visit in visits
        for event in visit.events
        if is_agreed(visit, event, purpose)
    )


def events_where(
    visits: Sequence[PlayedVisit], is_meant: Callable[[PlayedVisit], bool]
) -> frozenset[str]:
    """Return the events of whole visits."""
    return frozenset(
        event.event_id for visit in visits if is_meant(visit) for event in visit.events
    )
