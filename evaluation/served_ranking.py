import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from evaluation.first_click import first_click_ranks
from evaluation.held_out import RankingMeasures, RankingResult, views_of
from evaluation.next_item import Query, QueryRanks
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


@dataclass(slots=True)
class _Sums:
    actions: int = 0
    in_action_set: int = 0


def measure_decisions(
    decider: DecisionMaker,
    catalogue: CatalogueCache,
    sessions: Iterable[Sequence[Event]],
    shop: KnownShop,
) -> ServedResult:
    """Decide at the time of each prefix's last event, with the session's true region."""
    first_clicks: list[QueryRanks] = []
    started = time.perf_counter()
    ranking, slate, sums = RankingMeasures.of(shop), RankingMeasures.of(shop), _Sums()
    before = 0.0
    for events in filter(views_of, sessions):
        begun = time.perf_counter()
        first_clicks.append(_first_click(decider, events))
        before += time.perf_counter() - begun
        for session, now, query in session_queries(events, catalogue):
            decision = decider.decide(session, now)
            order = [str(action.product_id) for action in decision.actions]
            ranking.add(query, order)
            slate.add(query, [str(slot.product_id) for slot in decision.slate])
            sums.actions += len(order)
            sums.in_action_set += query.target in order
    seconds = time.perf_counter() - started - before
    return ServedResult(ranking, slate, sums.actions, sums.in_action_set, seconds, first_clicks)


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
