"""Sessions outlive a flushed store, however far the history is behind when it happens."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import redis

from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.adapters.cassandra.event_history import CassandraEventHistory
from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.adapters.redis.scored_sessions import RedisScoredSessions
from personalization.adapters.redis.session_store import RedisSessionStore
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.vowpal.policy import VowpalPolicy
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import Throttle
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, ProductId, Region, SessionId
from personalization.domain.product import Product
from personalization.domain.session import Session
from personalization.ports.catalogue import Catalogue
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import EventConsumer, Message
from personalization.ports.topics import USER_INTERACTIONS
from personalization.sessions.counting import take
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.redis import RedisSettings
from realtime.dead_letter import DeadLetterWriter
from realtime.history_writer import HistoryWriter
from realtime.lost_sessions import LostSessions
from realtime.role_loop import Role
from realtime.scorer import Scorer, ScorerStores
from tests.builders.event import an_event
from tests.builders.settable_clock import SettableClock
from tests.builders.shops.small_shop import SHIRTS, SKIRTS, SmallShop, a_small_shop

VISIT = SessionId("session-1")
STEPS = 60


@dataclass
class Workshop:
    """Scorer and history writer, moved on by hand, over a store that may be flushed."""

    shop: SmallShop
    log: SqliteEventLog
    events: SqliteEventHistory
    decisions: SqliteDecisionHistory
    sessions: RedisSessionStore
    profiles: RedisProfileStore
    scored_sessions: RedisScoredSessions
    redis: redis.Redis
    clock: SettableClock

    def __post_init__(self) -> None:
        self.sent: list[Event] = []
        self.scorer = self.scorer_over(self.events)
        self.history = HistoryWriter(self.events, self.decisions)
        self.scored = self.log.consumer("scorer", [USER_INTERACTIONS])
        self.kept = self.log.consumer("history", [USER_INTERACTIONS])

    def scorer_over(self, events: EventHistory, catalogue: CatalogueCache | None = None) -> Scorer:
        lost = LostSessions(events, self.decisions, self.shop.catalogue, self.clock)
        stores = ScorerStores(
            sessions=self.sessions, lost=lost, scored=self.scored_sessions,
            decisions=self.decisions, catalogue=catalogue or self.shop.catalogue,
        )  # fmt: skip
        policy, look = VowpalPolicy(self.shop.models), Throttle(60, due_at_once=False)
        return Scorer(stores, self.shop.maker, policy, look, DeadLetterWriter(self.log), self.clock)

    def send(self, **fields: object) -> Event:
        self.clock.advance(timedelta(seconds=1))
        number, now = len(self.sent), self.clock.now()
        event = an_event(
            **{"event_id": EventId(f"event-{number}"), "occurred_at": now, **fields},
            received_at=now,
        )
        self.sent.append(event)
        self.log.publish(USER_INTERACTIONS, [Message(VISIT, EVENT.encode(event))]).result(10)
        return event

    def score(self, records: int = 100) -> None:
        move(self.scorer, self.scored, records)

    def keep(self, records: int = 100) -> None:
        move(self.history, self.kept, records)

    def state(self) -> Session:
        return self.sessions.read_many([VISIT])[VISIT]

    def version(self) -> int:
        return self.profiles.read_many([VISIT])[VISIT].version

    def live(self) -> Session:
        """Return what counting makes of all that was sent, without any loss."""
        session = Session.start(self.sent[0])
        for event in self.sent:
            products = self.shop.catalogue.products(event.product_ids)
            session, _ = take(session, event, products)
        return session


class CountedReads(CatalogueCache):
    """A catalogue that keeps what it was asked for."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue)
        self.asked: list[Sequence[ProductId]] = []

    def products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        self.asked.append(product_ids)
        return super().products(product_ids)


def move(role: Role, consumer: EventConsumer, records: int) -> None:
    found = consumer.poll(records, 0.0)
    if found:
        consumer.commit(role.handle(found))
        role.tell()


def without_offsets(session: Session) -> Session:
    """Return what does not depend on offsets."""
    return replace(session, revision=0, profile_version=0)


@pytest.fixture
def workshop(tmp_path: Path, redis_url: str) -> Iterator[Workshop]:
    """Return a workshop where nothing has happened."""
    with ExitStack() as opened:
        clock, settings = SettableClock(), RedisSettings()
        yield Workshop(
            a_small_shop(tmp_path),
            opened.enter_context(closing(SqliteEventLog(tmp_path / "log.sqlite", 0, clock=clock))),
            opened.enter_context(closing(SqliteEventHistory(tmp_path / "history.sqlite", 0))),
            opened.enter_context(closing(SqliteDecisionHistory(tmp_path / "d.sqlite", 0))),
            opened.enter_context(closing(RedisSessionStore(redis_url, settings))),
            opened.enter_context(closing(RedisProfileStore(redis_url, settings))),
            opened.enter_context(closing(RedisScoredSessions(redis_url, settings))),
            opened.enter_context(closing(redis.Redis.from_url(redis_url))),
            clock,
        )


def random_fields(workshop: Workshop, chance: random.Random) -> dict[str, object]:
    """Return an event that is in time, late, too late or sent before."""
    if workshop.sent and chance.random() < 0.15:
        again = chance.choice(workshop.sent)
        return {
            name: getattr(again, name)
            for name in ("event_id", "type", "occurred_at", "product_ids", "region")
        }
    late: datetime = workshop.clock.now() - timedelta(minutes=chance.choice([0, 0, 0, 5, 55, 90]))
    return {
        "type": chance.choice([EventType.PRODUCT_VIEW, EventType.IMPRESSION]),
        "occurred_at": late,
        "product_ids": (ProductId(chance.choice([*SHIRTS, *SKIRTS])),),
        "region": chance.choice([None, Region("pl"), Region("cz")]),
    }


def test_the_products_of_a_batch_are_read_at_once(workshop: Workshop) -> None:
    catalogue = CountedReads(workshop.shop.stored_catalogue)
    first, second = ProductId(SHIRTS[0]), ProductId(SKIRTS[0])
    for product_id in (first, second, first):
        workshop.send(product_ids=(product_id,))

    move(workshop.scorer_over(workshop.events, catalogue), workshop.scored, 100)

    assert catalogue.asked == [[first, second]]
    assert len(workshop.state().seen) == 3


@pytest.mark.parametrize("seed", range(12))
def test_flushes_at_any_moment_leave_the_state_of_an_undisturbed_visit(
    workshop: Workshop, seed: int
) -> None:
    chance = random.Random(seed)
    version = flushes = 0
    workshop.send()
    workshop.score()
    workshop.keep()
    for _ in range(STEPS):
        step = chance.choices(("send", "score", "keep", "flush"), (5, 4, 3, 1))[0]
        if step == "send":
            workshop.send(**random_fields(workshop, chance))
        elif step == "score":
            workshop.score(chance.randrange(1, 5))
        elif step == "keep":
            workshop.keep(chance.randrange(1, 5))
        else:
            workshop.redis.flushall()
            flushes += 1
        if workshop.profiles.read_many([VISIT]):
            assert workshop.version() >= version
            version = workshop.version()
    for _ in range(3):
        workshop.send()
        workshop.score()
        workshop.keep()

    assert flushes
    assert workshop.version() > version
    assert without_offsets(workshop.state()) == without_offsets(workshop.live())


def test_what_the_history_lacked_after_a_flush_comes_back_once_it_has_it(
    workshop: Workshop,
) -> None:
    for _ in range(2):
        workshop.send()
    workshop.score()
    workshop.keep()
    workshop.send()
    workshop.score()
    before = workshop.version()
    workshop.redis.flushall()

    workshop.send()
    workshop.score()

    assert workshop.state().seen == ("event-0", "event-1", "event-3")
    assert workshop.state().rebuilt == 2
    assert workshop.version() > before
    workshop.send()
    workshop.score()
    assert workshop.state().rebuilt == 2
    workshop.keep()
    workshop.send()
    workshop.score()
    assert without_offsets(workshop.state()) == without_offsets(workshop.live())


def test_versions_go_on_where_a_lost_log_begins_again_at_0(
    workshop: Workshop, tmp_path: Path
) -> None:
    for _ in range(3):
        workshop.send()
    workshop.score()
    workshop.keep()
    before = workshop.version()
    workshop.redis.flushall()
    with closing(SqliteEventLog(tmp_path / "new.sqlite", 0, clock=workshop.clock)) as workshop.log:
        workshop.scored = workshop.log.consumer("scorer", [USER_INTERACTIONS])
        workshop.send()
        workshop.score()

    assert workshop.version() == before + 1
    assert len(workshop.state().seen) == 4


def test_while_the_history_is_away_sessions_begin_from_nothing_and_are_found_again_later(
    workshop: Workshop,
) -> None:
    nobody = CassandraConnection(CassandraSettings(contact_points="127.0.0.1:9"))
    with closing(nobody):
        for _ in range(2):
            workshop.send()
        workshop.score()
        workshop.keep()
        workshop.redis.flushall()
        workshop.scorer = workshop.scorer_over(CassandraEventHistory(nobody))

        workshop.send()
        workshop.score()
        alone = workshop.state()
        workshop.keep()
        workshop.scorer = workshop.scorer_over(workshop.events)
        workshop.send()
        workshop.score()

    assert (alone.seen, alone.rebuilt) == (("event-2",), 0)
    assert without_offsets(workshop.state()) == without_offsets(workshop.live())


def test_a_new_session_is_whole_from_the_start(workshop: Workshop) -> None:
    workshop.send()
    workshop.score()

    assert workshop.state().rebuilt is None
    assert workshop.state().interaction_count == 1
