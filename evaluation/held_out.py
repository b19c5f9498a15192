"""The held-out split, the sessions that `import` kept for evaluation, and measures on it."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from pathlib import Path

from evaluation.baselines import Popularity, SequentialRules
from evaluation.next_item import Quality, Query, Ranker, queries_of
from evaluation.variety import KnownShop, Variety
from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event, EventType
from personalization.ports.event_history import EventHistory


@dataclass(frozen=True, slots=True)
class RankingMeasures:
    quality: Quality
    variety: Variety

    @classmethod
    def of(cls, shop: KnownShop) -> "RankingMeasures":
        return cls(Quality.empty(), Variety(shop))

    def add(self, query: Query, ranking: Sequence[str]) -> None:
        self.quality.add(query, ranking)
        self.variety.add(ranking)


@dataclass(frozen=True, slots=True)
class RankingResult:
    name: str
    measures: RankingMeasures
    seconds: float

    @property
    def milliseconds_per_query(self) -> float:
        return 1000 * self.seconds / max(1, self.measures.quality.all.queries)

    def figures(self) -> dict[str, float]:
        """Return all figures by name; shares and rates in 0..1, entropies in bits."""
        every, new = self.measures.quality.all, self.measures.quality.without_repeats
        return {
            "queries": every.queries,
            "hit_rate": every.hit_rate,
            "mean_reciprocal_rank": every.mean_reciprocal_rank,
            "hit_rate_new": new.hit_rate,
            "mean_reciprocal_rank_new": new.mean_reciprocal_rank,
            **self.measures.variety.figures(),
            "ms_per_query": self.milliseconds_per_query,
        }


@dataclass(frozen=True, slots=True)
class HeldOutSplit:
    """Held-out sessions, and what was known before the first of them."""

    sessions: Sequence[Sequence[Event]]
    views: Sequence[Sequence[str]]
    """The viewed products of each earlier session."""
    shop: KnownShop

    @classmethod
    def of(
        cls,
        sessions: Sequence[Sequence[Event]],
        history: EventHistory,
        categories: Mapping[str, str],
    ) -> "HeldOutSplit":
        """Take as known what the history holds before the first of these sessions."""
        views = views_before(min(session[0].occurred_at for session in sessions), history)
        return cls(sessions, views, KnownShop.of(categories, views))


def held_out_sessions(path: Path) -> Iterator[Sequence[Event]]:
    """Yield each held-out session's events, in time order; none where there is no file."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        events = (EVENT.decode(line) for line in lines)
        for _, session in groupby(events, key=lambda event: event.session_id):
            yield list(session)


def views_before(moment: datetime, history: EventHistory) -> list[list[str]]:
    """Return the viewed products of each session of the history, in order.

    Traffic replay writes the held-out sessions into the history too, at later times: learning
    from them would show the baselines the answers.
    """
    sessions: defaultdict[str, list[str]] = defaultdict(list)
    for day in (day for day in history.days() if day <= moment.date()):
        for chunk in history.read_day(day):
            for event in chunk:
                if event.type is EventType.PRODUCT_VIEW and event.occurred_at < moment:
                    sessions[event.session_id].append(str(event.product_id))
    return list(sessions.values())


def measure(ranker: Ranker, queries: Iterable[Query], shop: KnownShop) -> RankingMeasures:
    """Return the measures of a ranker that sees product ids only."""
    measures = RankingMeasures.of(shop)
    for query in queries:
        measures.add(query, ranker(query.prefix))
    return measures


def measure_baselines(split: HeldOutSplit) -> list[RankingResult]:
    return [
        _measure_baseline("popularity", Popularity(split.views), split),
        _measure_baseline("sequential rules", SequentialRules(split.views), split),
    ]


def _views_of(events: Iterable[Event]) -> list[str]:
    return [str(event.product_id) for event in events if event.type is EventType.PRODUCT_VIEW]


def _measure_baseline(name: str, ranker: Ranker, split: HeldOutSplit) -> RankingResult:
    started = time.perf_counter()
    queries = chain.from_iterable(queries_of(_views_of(events)) for events in split.sessions)
    measures = measure(ranker, queries, split.shop)
    return RankingResult(name, measures, time.perf_counter() - started)
