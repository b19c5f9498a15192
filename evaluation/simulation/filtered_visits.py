"""Visits to a shop whose rows are filtered: served, seen and clicked, and kept as ever.

Each page shows a row of what is similar to the product just viewed, and orders a list of the
shop's own, both under filters of their own. Clicks follow the true chances and are events like any
other, so that the visit's evidence grows by them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from evaluation.simulation.filtered_shop import PRODUCTS, START, TYPES, FilteredShop, random_filter
from personalization.catalogue.filters.filter_document import canonical_filter
from personalization.decisions.given import Given
from personalization.domain.asked import Asked, AskedKind, Strategy, Term, TermName
from personalization.domain.decision import ActionSource, Decision
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import DecisionId, EventId, ProductId, SessionId
from personalization.domain.session import Session
from personalization.experiments.decider import Decider
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.ports.decision_history import DecisionRecord
from personalization.recommendations.row_record import record_row
from personalization.sessions.counting import take

ROW = Placement(name="similar", size=4, policy=PolicySpec.parse("epsilon-greedy:epsilon=0.4"))
LIST = Placement(name="hits", size=5, policy=PolicySpec.parse("softmax:inverse_temperature=2"))
PAGES, HITS, FEWEST = 3, 40, 2
LIFE = timedelta(hours=48)


@dataclass(slots=True)
class FilteredVisit:
    session_id: SessionId
    kind: int
    """The shopper's type."""
    events: list[Event] = field(default_factory=list)
    records: list[DecisionRecord] = field(default_factory=list)
    left_nothing: int = 0
    """Rows and lists whose filter left less than two products."""


@dataclass(frozen=True, slots=True)
class FilteredVisits:
    shop: FilteredShop
    decider: Decider

    def make(self, count: int, seed: int) -> Iterator[FilteredVisit]:
        for number in range(count):
            yield _VisitMaker(self, np.random.default_rng([seed, 3, number]), number).make()


class _VisitMaker:
    def __init__(self, of: FilteredVisits, generator: np.random.Generator, number: int) -> None:
        self._shop, self._decider, self._generator = of.shop, of.decider, generator
        self._now = START + timedelta(seconds=7 * number)
        session_id = SessionId(f"00000000-0000-4000-8000-{number:012d}")
        self._visit = FilteredVisit(session_id, int(generator.integers(TYPES)))
        self._session: Session | None = None

    def make(self) -> FilteredVisit:
        for page in range(PAGES):
            viewed = int(self._generator.choice(PRODUCTS, p=self._shop.tastes[self._visit.kind]))
            self._serve(self._take(EventType.PRODUCT_VIEW, [viewed]), self._row(viewed, page))
            hits = self._generator.choice(PRODUCTS, HITS, replace=False).tolist()
            self._serve(self._session, self._list(hits, page))
        return self._visit

    def _row(self, viewed: int, page: int) -> Given:
        wanted = random_filter(self._generator)
        found = self._shop.keep(self._shop.similar_to(viewed), wanted)
        name = f"{TermName.LIST}:{Strategy.SIMILAR}"
        strengths = {self._id(other): float(self._shop.similar[viewed, other]) for other in found}
        return Given(
            asked=Asked(
                nonce=f"row-{page}",
                strategy=Strategy.SIMILAR,
                anchors=(self._id(viewed),),
                anchor_title=self._shop.products[viewed].title,
                filter=canonical_filter(wanted),
            ),
            sources={self._id(other): (ActionSource.AFFINITY,) for other in found},
            placement=ROW,
            terms=[Term(name, 0.4, strengths)],
        )

    def _list(self, hits: Sequence[int], page: int) -> Given:
        wanted = random_filter(self._generator)
        found = self._shop.keep(hits, wanted)
        scores = {self._id(other): float(self._generator.random()) + 0.1 for other in found}
        return Given(
            asked=Asked(nonce=f"list-{page}", kind=AskedKind.RANK, filter=canonical_filter(wanted)),
            sources={self._id(other): (ActionSource.CATEGORY,) for other in found},
            placement=LIST,
            terms=[Term(TermName.SHOP_SCORE, 0.3, scores)],
        )

    def _serve(self, session: Session | None, given: Given) -> None:
        """Decide, keep, show all of the slate, and let the shopper click."""
        if session is None or len(given.sources) < FEWEST:
            self._visit.left_nothing += 1
            return
        pinned = self._decider.pin(self._now, session.region)
        decision = self._decider.decide_on(session, given, self._now, pinned)
        self._visit.records.append(record_row(decision, session, pinned, LIFE, {}).record)
        shown = [PRODUCT_NUMBERS[slot.product_id] for slot in decision.slate]
        self._take(EventType.IMPRESSION, shown, decision)
        for slot, product in zip(decision.slate, shown, strict=True):
            chance = self._shop.chance(self._visit.kind, product, slot.position)
            if self._generator.random() < chance:
                self._take(EventType.PRODUCT_VIEW, [product], decision)

    def _take(
        self, kind: EventType, products: Sequence[int], decision: Decision | None = None
    ) -> Session:
        self._now += timedelta(seconds=3)
        event = self._event(kind, products, decision.decision_id if decision else None, self._now)
        session = self._session or Session.start(event)
        known = {self._id(product): self._shop.products[product] for product in products}
        session, _ = take(session, event, known)
        self._session = replace(session, profile_version=session.profile_version + 1)
        self._visit.events.append(event)
        return self._session

    def _event(
        self, kind: EventType, products: Sequence[int], named: DecisionId | None, now: datetime
    ) -> Event:
        return Event(
            event_id=EventId(f"{self._visit.session_id}-{len(self._visit.events)}"),
            session_id=self._visit.session_id,
            type=kind,
            occurred_at=now,
            received_at=now,
            product_ids=tuple(map(self._id, products)),
            slots=tuple(range(len(products))) if kind is EventType.IMPRESSION else (),
            decision_id=named,
        )

    def _id(self, product: int) -> ProductId:
        return self._shop.products[product].product_id


PRODUCT_NUMBERS = {ProductId(f"p{number}"): number for number in range(PRODUCTS)}
