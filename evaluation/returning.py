"""Returning shoppers: the ranking that knows their tastes beside the one that knows nobody.

Asked are held-out visits of people whom the night knows, all of which come after every event that
it has counted. The first page is decided before anything of the visit is known; each product that
the visit begins with (the one viewed, or every line of an order) is a query. Of the whole visit
every following product is one, after those before it. A visit without views is taken as its lines
were put into the cart one after another, `MOST_STEPS` at most.

Both rankings are asked the same at the same moment, with and without the user's id. Intervals are
by the bootstrap over people, whose visits depend on each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evaluation.bootstrap import Ratios, Resampled, bootstrap
from evaluation.next_item import CUTOFF, Query, QueryRanks
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.decision_maker import DecisionMaker
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, ProductId, UserId
from personalization.domain.session import Session
from personalization.domain.tastes import TasteKind
from personalization.ranking.tastes import shares_of
from personalization.sessions.counting import take

MOST_STEPS = 20
ANONYMOUS = "anonymous"
KNOWN = "known person"
OWN_PRODUCTS = "own products alone"
"""What the person came back to most, and nothing else."""
_PRODUCT = TasteKind.PRODUCT.prefix
RANKINGS = (ANONYMOUS, KNOWN, OWN_PRODUCTS)


@dataclass(frozen=True, slots=True)
class VisitSlice:
    """The same queries of several rankings."""

    queries: int
    resampled: Resampled


@dataclass(frozen=True, slots=True)
class ReturningShoppers:
    people: int
    visits: int
    others: int
    """Held-out visits of nobody, or of people whom the night does not know."""
    shares: Mapping[str, float]
    """Of the taste terms, as the night has fitted them."""
    first_page: VisitSlice
    whole_visit: VisitSlice
    """The first page and all that follows."""


@dataclass(slots=True)
class _AskedQueries:
    by_ranking: dict[str, list[QueryRanks]] = field(
        default_factory=lambda: {name: [] for name in RANKINGS}
    )
    repeats: list[bool] = field(default_factory=list)
    people: list[int] = field(default_factory=list)

    def add(self, orders: Mapping[str, Sequence[str]], query: Query, person: int) -> None:
        for name, order in orders.items():
            self.by_ranking[name].append(QueryRanks.of(query, order))
        self.repeats.append(query.is_repeat)
        self.people.append(person)

    def measure(self, seed: int) -> VisitSlice:
        people, repeats = np.array(self.people, np.int64), np.array(self.repeats, np.bool_)
        ratios = {
            name: Ratios.of(ranks, repeats, people) for name, ranks in self.by_ranking.items()
        }
        return VisitSlice(len(people), bootstrap(ratios, seed))


def measure_returning(
    decider: DecisionMaker,
    catalogue: CatalogueCache,
    sessions: Sequence[Sequence[Event]],
    seed: int,
) -> ReturningShoppers:
    """Raise `NoActiveGenerationError` before the first nightly run, `LookupError` for nobody."""
    priors = decider.pin(sessions[0][0].occurred_at, None).priors
    first_page, whole_visit = _AskedQueries(), _AskedQueries()
    people: dict[UserId, int] = {}
    visits = 0
    for events in sessions:
        user_id = user_of(events)
        members = () if user_id is None else priors.tastes(user_id)
        steps = steps_of(events)
        if user_id is None or not members or not steps:
            continue
        own = [of.member_id for of in members if of.member_id.startswith(_PRODUCT)]
        asked = _ReturnedVisit(decider, catalogue, user_id, [name[len(_PRODUCT) :] for name in own])
        person, visits = people.setdefault(user_id, len(people)), visits + 1
        answers = asked.ask(steps)
        for target in answers.begins_with:
            first_page.add(answers.page, Query((), target), person)
        for orders, query in answers.queries:
            whole_visit.add(orders, query, person)
    if not people:
        raise LookupError("No held-out visit is of somebody whom the night knows.")
    shares = {name.value: share for name, share in shares_of(priors).items()}
    found = first_page.measure(seed), whole_visit.measure(seed)
    return ReturningShoppers(len(people), visits, len(sessions) - visits, shares, *found)


def user_of(events: Sequence[Event]) -> UserId | None:
    """Return whose visit it is: by the first of their names in the alphabet, as for nights."""
    return min((event.user_id for event in events if event.user_id is not None), default=None)


def steps_of(events: Sequence[Event]) -> list[Event]:
    """Return the visit up to its last query; without views, a cart for each line."""
    if any(event.type is EventType.PRODUCT_VIEW for event in events):
        return list(events)
    lines = [
        (event, ProductId(product))
        for event in events
        if event.type.is_interaction and event.type.takes_back is None
        for product in dict.fromkeys(event.product_ids)
    ]
    return [
        replace(
            event,
            event_id=EventId(f"{event.event_id}/{number}"),
            type=EventType.ADD_TO_CART,
            product_ids=(product,),
            quantities=(),
            unit_price_micros=(),
            variant_ids=(),
        )
        for number, (event, product) in enumerate(lines[:MOST_STEPS])
    ]


_Orders = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Answers:
    page: _Orders
    """The first page by each ranking."""
    begins_with: Sequence[str]
    queries: Sequence[tuple[_Orders, Query]]


@dataclass(frozen=True, slots=True)
class _ReturnedVisit:
    decider: DecisionMaker
    catalogue: CatalogueCache
    user_id: UserId
    own: Sequence[str]

    def ask(self, steps: Sequence[Event]) -> _Answers:
        first, views = steps[0], EventType.PRODUCT_VIEW
        asks = views if any(step.type is views for step in steps) else EventType.ADD_TO_CART
        targets = [str(step.product_id) for step in steps if step.type is asks]
        session = replace(Session.start(first), region=first.region, device=first.device)
        page = self._orders(session, first, CUTOFF)
        queries = [(page, Query((), targets[0]))]
        session = Session.start(first)
        for step in steps:
            session, _ = take(session, step, self.catalogue.products(step.product_ids))
            if step.type is asks and len(queries) < len(targets):
                query = Query(tuple(targets[: len(queries)]), targets[len(queries)])
                kept = CUTOFF + len(set(query.prefix))
                queries.append((self._orders(session, step, kept), query))
        return _Answers(page, targets[:1] if asks is views else targets, queries)

    def _orders(self, session: Session, event: Event, kept: int) -> _Orders:
        def order(user_id: UserId | None) -> list[str]:
            of = replace(session, user_id=user_id)
            decision = self.decider.decide(of, event.occurred_at)
            return [str(action.product_id) for action in decision.actions[:kept]]

        return {ANONYMOUS: order(None), KNOWN: order(self.user_id), OWN_PRODUCTS: self.own}
