import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from evaluation.first_click import first_click_ranks
from evaluation.held_out import RankingMeasures, RankingResult, views_of
from evaluation.next_item import CUTOFF, Query, QueryRanks
from evaluation.variety import KnownShop
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.decision_maker import DecisionMaker
from personalization.domain.event import Event, EventType
from personalization.domain.session import Session
from personalization.sessions.counting import take

SERVED = "served ranking"


@dataclass(frozen=True, slots=True)
class ServedResult:
    """Measures of the scored products, and of the slate as exploration drew it."""

    ranking: RankingMeasures
    slate: RankingMeasures
    actions: int
    """Sum of the sizes of all action sets."""
    in_action_set: int
    """Queries whose target was in the action set."""
    seconds: float
    first_clicks: list[QueryRanks]
    """Where the first view of each session stands before anything is known of the session."""

    @staticmethod
    def name(tuning: str) -> str:
        return f"{SERVED} {tuning}".strip()

    def results(self, name: str) -> list[RankingResult]:
        """Return the results of the ranking and of its slate; the name is that of a tuning."""
        return [
            RankingResult(self.name(name), self.ranking, self.seconds),
            RankingResult(f"slate as drawn {name}".strip(), self.slate, self.seconds),
        ]


@dataclass(frozen=True, slots=True)
class QueryRanking:
    query: Query
    first: Sequence[str]
    """As many of the ranking's products as any figure asks for."""
    slate: Sequence[str]
    actions: int
    in_action_set: bool


@dataclass(frozen=True, slots=True)
class SessionRankings:
    """What one session was served; small enough to be sent between processes."""

    queries: Sequence[QueryRanking]
    first_click: QueryRanks
    seconds: float


def rank_session(
    decider: DecisionMaker, catalogue: CatalogueCache, events: Sequence[Event]
) -> SessionRankings:
    """Decide at the time of each prefix's last event, with the session's true region."""
    first_click = _first_click(decider, events)
    started = time.perf_counter()
    queries: list[QueryRanking] = []
    for session, now, query in session_queries(events, catalogue):
        decision = decider.decide(session, now)
        order = [str(action.product_id) for action in decision.actions]
        slate = [str(slot.product_id) for slot in decision.slate]
        kept = order[: CUTOFF + len(set(query.prefix))]
        queries.append(QueryRanking(query, kept, slate, len(order), query.target in order))
    return SessionRankings(queries, first_click, time.perf_counter() - started)


def measure_rankings(rankings: Iterable[SessionRankings], shop: KnownShop) -> ServedResult:
    """Measure what sessions were served, in the order of the sessions."""
    ranking, slate = RankingMeasures.of(shop), RankingMeasures.of(shop)
    first_clicks: list[QueryRanks] = []
    actions, in_action_set, seconds = 0, 0, 0.0
    for session in rankings:
        first_clicks.append(session.first_click)
        seconds += session.seconds
        for found in session.queries:
            ranking.add(found.query, found.first)
            slate.add(found.query, found.slate)
            actions += found.actions
            in_action_set += found.in_action_set
    return ServedResult(ranking, slate, actions, in_action_set, seconds, first_clicks)


def measure_decisions(
    decider: DecisionMaker,
    catalogue: CatalogueCache,
    sessions: Iterable[Sequence[Event]],
    shop: KnownShop,
) -> ServedResult:
    rankings = (rank_session(decider, catalogue, events) for events in filter(views_of, sessions))
    return measure_rankings(rankings, shop)


def _first_click(decider: DecisionMaker, events: Sequence[Event]) -> QueryRanks:
    """Decide for a session of which only region and device are known."""
    first = events[0]
    session = replace(Session.start(first), region=first.region, device=first.device)
    decision = decider.decide(session, first.occurred_at)
    return first_click_ranks(events, [str(action.product_id) for action in decision.actions])


def session_queries(
    events: Sequence[Event], catalogue: CatalogueCache
) -> Iterator[tuple[Session, datetime, Query]]:
    """Yield the session after each of its product views but the last, the time, and the query."""
    session = Session.start(events[0])
    viewed: list[str] = []
    targets = [str(event.product_id) for event in events if event.type is EventType.PRODUCT_VIEW]
    for event in events:
        session, _ = take(session, event, catalogue.products(event.product_ids))
        if event.type is EventType.PRODUCT_VIEW:
            viewed.append(str(event.product_id))
            if len(viewed) < len(targets):
                yield session, event.occurred_at, Query(tuple(viewed), targets[len(viewed)])
