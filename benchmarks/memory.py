"""What a scorer's memory does over a million decisions.

    python -m benchmarks.memory --home var/demo

The real scorer with its real policy, priors, catalogue, sessions and profiles: sessions of ten
events, each event a decision. Decisions are encoded as for the history and then dropped, since a
million of them are ten gigabytes that say nothing about the scorer. Redis is emptied now and
then, which counts as neither. What is measured is the resident memory of this process.
"""

import argparse
import gc
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from uuid import UUID

import redis
from rich.console import Console

from personalization.codec.json_codec import EVENT
from personalization.decisions.decision_record import encode_record
from personalization.domain.decision import Decision
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import DecisionId, EventId, ProductId, SessionId
from personalization.domain.shown_decision import ShownDecision
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.event_log import Record, TopicPartition
from personalization.ports.topics import USER_INTERACTIONS
from personalization.settings.redis import RedisSettings
from personalization.wiring import CoreSettings, open_kept, open_live
from realtime.wiring import RoleResources, build_scorer
from stack.interpreter import prepare_interpreter
from stack.server import memory_mib

SESSIONS_AT_ONCE = 32
EVENTS_PER_SESSION = 10
FLUSH_EVERY = 100_000
"""Decisions between two emptyings of Redis, which would hold gigabytes otherwise."""
WARM = 50_000
"""Decisions before the first measurement: caches are full and the allocator has settled."""
STEPS = 10
SEED = 7


class EncodedDecisions:
    """Encodes decisions as every history does, and keeps their number and size only."""

    def __init__(self) -> None:
        self.count = 0
        self.encoded_bytes = 0

    def append(self, records: Sequence[DecisionRecord]) -> None:
        self.count += len(records)
        self.encoded_bytes += sum(len(encode_record(record)) for record in records)

    def read_many(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, DecisionRecord]:
        del decision_ids
        return {}

    def read_decisions(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, Decision]:
        del decision_ids
        return {}

    def read_slates(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, ShownDecision]:
        del decision_ids
        return {}

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        del session_ids
        return 0

    def read_of_session(
        self, session_id: SessionId, decision_id: DecisionId
    ) -> DecisionRecord | None:
        del session_id, decision_id
        return None

    def has_session(self, session_id: SessionId) -> bool:
        del session_id
        return False

    def list_session(
        self, session_id: SessionId, until: datetime, limit: int
    ) -> Sequence[DecisionRecord]:
        del session_id, until, limit
        return []

    def read_day(self, day: date) -> Iterator[Sequence[DecisionRecord]]:
        del day
        return iter(())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--redis", required=True, help="Url of a server that may be emptied.")
    arguments = parser.parse_args()
    console, decided = Console(), EncodedDecisions()
    prepare_interpreter()
    redis_settings = RedisSettings(url=arguments.redis)
    settings = replace(CoreSettings.of_home(arguments.home), redis=redis_settings)
    with (
        open_kept(settings) as kept,
        open_live(settings, kept) as live,
        redis.Redis.from_url(arguments.redis) as server,
    ):
        scorer = build_scorer(RoleResources(settings, replace(kept, decisions=decided), live))
        products = [item.product_id for chunk in kept.catalogue.all_products() for item in chunk]
        batches, started, flushed = event_batches(products), time.monotonic(), 0

        def decide_until(wanted: int) -> float:
            nonlocal flushed
            while decided.count < wanted:
                scorer.handle(next(batches))
                scorer.tell()
                if decided.count - flushed >= FLUSH_EVERY:
                    flushed = decided.count
                    server.flushdb()
            gc.collect()
            return memory_mib(os.getpid())

        first = last = decide_until(WARM)
        for step in range(STEPS + 1):
            last = decide_until(WARM + step * arguments.decisions // STEPS)
            per_second = decided.count / (time.monotonic() - started)
            console.print(
                f"{decided.count:>9,} decisions  {last:7.2f} MiB  {100 * (last / first - 1):+.2f} %"
                f"  ({per_second:,.0f} a second, {decided.encoded_bytes / 2**20:,.0f} MiB encoded)",
                highlight=False,
            )
    growth = 100 * (last / first - 1)
    console.print(f"Growth over {arguments.decisions:,} decisions: {growth:.2f} %")


def event_batches(
    products: Sequence[ProductId], sessions_at_once: int = SESSIONS_AT_ONCE
) -> Iterator[list[Record]]:
    """Yield batches of one event for each of the sessions under way, without end."""
    chance, offsets = random.Random(SEED), count()
    while True:
        sessions = [SessionId(_new_id(chance)) for _ in range(sessions_at_once)]
        for _ in range(EVENTS_PER_SESSION):
            yield [_record(chance, session_id, products, next(offsets)) for session_id in sessions]


def _record(
    chance: random.Random, session_id: SessionId, products: Sequence[ProductId], offset: int
) -> Record:
    now = datetime.now(UTC)
    event = Event(
        event_id=EventId(_new_id(chance)),
        session_id=session_id,
        type=EventType.PRODUCT_VIEW,
        occurred_at=now,
        received_at=now,
        product_ids=(chance.choice(products),),
    )
    place = TopicPartition(USER_INTERACTIONS, 0)
    return Record(place, offset, int(now.timestamp() * 1000), session_id, EVENT.encode(event))


def _new_id(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


if __name__ == "__main__":
    main()
