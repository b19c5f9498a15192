"""The held-out split, the sessions that `import` kept for evaluation, and measures on it."""

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, groupby
from pathlib import Path

from evaluation.baselines import Popularity, SequentialRules
from evaluation.coded_sessions import CodedSessions
from evaluation.next_item import Quality, Query, QueryRanks, Ranker, queries_of
from evaluation.past_views import PastCollector, PastViews
from evaluation.session_neighbours import SessionNeighbours, by_cosine, by_place
from evaluation.variety import KnownShop, Variety
from personalization.codec.json_codec import EVENT
from personalization.domain.consent import ConsentPurpose
from personalization.domain.event import Event, EventType
from personalization.ports.event_history import EventHistory
from personalization.sessions.refusals import Refusals

POPULARITY = "popularity"
SEQUENTIAL_RULES = "sequential rules"
V_SKNN = "V-SKNN"
"""The baseline that the served ranking is compared with."""


@dataclass(frozen=True, slots=True)
class RankingMeasures:
    quality: Quality
    variety: Variety
    ranks: list[QueryRanks] = field(default_factory=list)
    """Of each query in turn."""

    @classmethod
    def of(cls, shop: KnownShop) -> "RankingMeasures":
        return cls(Quality.empty(), Variety(shop))

    def add(self, query: Query, ranking: Sequence[str]) -> None:
        self.ranks.append(self.quality.add(query, ranking))
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
        quality = self.measures.quality
        every, new, unseen = quality.all, quality.without_repeats, quality.without_seen
        return {
            "queries": every.queries,
            "hit_rate": every.hit_rate,
            "mean_reciprocal_rank": every.mean_reciprocal_rank,
            "hit_rate_new": new.hit_rate,
            "mean_reciprocal_rank_new": new.mean_reciprocal_rank,
            "queries_new": new.queries,
            "hit_rate_without_seen": unseen.hit_rate,
            "mean_reciprocal_rank_without_seen": unseen.mean_reciprocal_rank,
            **self.measures.variety.figures(),
            "ms_per_query": self.milliseconds_per_query,
        }


@dataclass(frozen=True, slots=True)
class HeldOutSplit:
    """Held-out sessions, and what was known before the first of them."""

    sessions: Sequence[Sequence[Event]]
    past: PastViews
    shop: KnownShop

    @classmethod
    def of(
        cls,
        sessions: Sequence[Sequence[Event]],
        history: EventHistory,
        categories: Mapping[str, str],
        until: datetime | None = None,
    ) -> "HeldOutSplit":
        """Take as known what the history holds before that moment, or the first session."""
        moment = until or min(session[0].occurred_at for session in sessions)
        past = past_before(moment, history)
        return cls(sessions, past, KnownShop.of(categories, past.sessions))


def held_out_sessions(path: Path) -> Iterator[Sequence[Event]]:
    """Yield each held-out session's events, in time order; none where there is no file."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        events = (EVENT.decode(line) for line in lines)
        for _, session in groupby(events, key=lambda event: event.session_id):
            yield list(session)


def sample_of(
    sessions: Iterable[Sequence[Event]], size: int | None, seed: int
) -> list[Sequence[Event]]:
    """Return a seeded sample, in order, of the sessions with a view; None takes all."""
    kept = [events for events in sessions if views_of(events)]
    if size is None or size >= len(kept):
        return kept
    places = random.Random(seed).sample(range(len(kept)), size)
    return [kept[place] for place in sorted(places)]


def past_before(moment: datetime, history: EventHistory) -> PastViews:
    """Return what was viewed before a moment and may be learned from.

    Traffic replay writes the held-out sessions into the history too, at later times: learning
    from them would show the baselines the answers.
    """
    collector, days = PastCollector(), list(history.days())
    refusals = Refusals.read(history, days, ConsentPurpose.LEARN)
    for day in (day for day in days if day <= moment.date()):
        for chunk in history.read_day(day):
            for event in refusals.usable(chunk):
                if event.occurred_at < moment:
                    collector.add(event)
    return collector.collect()


def views_before(moment: datetime, history: EventHistory) -> Sequence[Sequence[str]]:
    """Return the viewed products of each session of the history, by the session's last view."""
    return past_before(moment, history).sessions


def measure(ranker: Ranker, queries: Iterable[Query], shop: KnownShop) -> RankingMeasures:
    """Return the measures of a ranker that sees product ids only."""
    measures = RankingMeasures.of(shop)
    for query in queries:
        measures.add(query, ranker(query.prefix))
    return measures


def measure_baselines(split: HeldOutSplit) -> Iterator[RankingResult]:
    """Yield what popularity, rules and neighbours of the earlier sessions foresee."""
    past = CodedSessions.of(split.past.sessions)
    rankers: Mapping[str, Ranker] = {
        POPULARITY: Popularity(past),
        SEQUENTIAL_RULES: SequentialRules(past),
        "S-kNN": SessionNeighbours(past, by_cosine),
        V_SKNN: SessionNeighbours(past, by_place),
    }
    for name, ranker in rankers.items():
        yield _measure_baseline(name, ranker, split)


def views_of(events: Iterable[Event]) -> list[str]:
    return [str(event.product_id) for event in events if event.type is EventType.PRODUCT_VIEW]


def _measure_baseline(name: str, ranker: Ranker, split: HeldOutSplit) -> RankingResult:
    started = time.perf_counter()
    queries = chain.from_iterable(queries_of(views_of(events)) for events in split.sessions)
    measures = measure(ranker, queries, split.shop)
    return RankingResult(name, measures, time.perf_counter() - started)
