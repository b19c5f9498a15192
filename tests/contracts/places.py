"""Where adapters keep things: opened as often as a test likes, and sent to other processes.

An adapter joins every suite of its port by one place here and one parameter in `conftest.py`.
"""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from personalization.adapters.cassandra.audit_log import CassandraAuditLog
from personalization.adapters.cassandra.catalogue import CassandraCatalogue
from personalization.adapters.cassandra.claim_store import CassandraClaimStore
from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.adapters.cassandra.decision_history import CassandraDecisionHistory
from personalization.adapters.cassandra.event_history import CassandraEventHistory
from personalization.adapters.cassandra.learned_rounds import CassandraLearnedRounds
from personalization.adapters.cassandra.model_store import CassandraModelStore
from personalization.adapters.cassandra.people.people_store import CassandraPeopleStore
from personalization.adapters.cassandra.people.session_keys import CassandraSessionKeys
from personalization.adapters.cassandra.plan_store import CassandraPlanStore
from personalization.adapters.cassandra.prior_store import CassandraPriorStore
from personalization.adapters.cassandra.waiting_events import CassandraWaitingEvents
from personalization.adapters.kafka.event_log import KafkaEventLog
from personalization.adapters.redis.notifier import RedisNotifier
from personalization.adapters.sqlite.audit_log import SqliteAuditLog
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.claim_store import SqliteClaimStore
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.sqlite.learned_rounds import SqliteLearnedRounds
from personalization.adapters.sqlite.people.people_store import SqlitePeopleStore
from personalization.adapters.sqlite.people.session_keys import SqliteSessionKeys
from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.adapters.sqlite.prior_store import SqlitePriorStore
from personalization.adapters.sqlite.waiting_events import SqliteWaitingEvents
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.domain.clock import Clock, SystemClock
from personalization.ports.audit_log import AuditLog
from personalization.ports.catalogue import Catalogue
from personalization.ports.claim_store import ClaimStore
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import EventConsumer, EventLog, Record
from personalization.ports.learned_rounds import LearnedRounds
from personalization.ports.model_store import ModelStore
from personalization.ports.people.people_store import PeopleStore
from personalization.ports.people.session_keys import SessionKeyStore
from personalization.ports.plan_store import PlanStore
from personalization.ports.prior_store import PriorStore
from personalization.ports.waiting_events import WaitingEventStore
from personalization.settings.kafka import KafkaSettings
from personalization.settings.redis import RedisSettings
from personalization.vault.field_cipher import FieldCipher
from personalization.vault.privacy_file import PrivacyFile
from personalization.vault.sealed_log import SealedLog
from personalization.vault.session_keys import KeyCase


class Drain(Protocol):
    """Reads all that a consumer can have now."""

    def __call__(self, consumer: EventConsumer, chunk: int = 500) -> list[Record]:
        """Return the records in the order of the polls."""
        ...


class LogPlace(Protocol):
    """Where a log is kept."""

    @property
    def quiet_seconds(self) -> float:
        """How long a poll may come back empty though records are there."""
        ...

    def open_event_log(self) -> EventLog:
        """Open the log once more."""
        ...


class KeptPlace(Protocol):
    """Where everything is kept that outlives a session."""

    def event_history(self) -> AbstractContextManager[EventHistory]: ...

    def decision_history(self) -> AbstractContextManager[DecisionHistory]: ...

    def claim_store(self) -> AbstractContextManager[ClaimStore]: ...

    def prior_store(self) -> AbstractContextManager[PriorStore]: ...

    def catalogue(self) -> AbstractContextManager[Catalogue]: ...

    def plan_store(self, clock: Clock) -> AbstractContextManager[PlanStore]: ...

    def audit_log(self) -> AbstractContextManager[AuditLog]: ...

    def learned_rounds(self) -> AbstractContextManager[LearnedRounds]: ...

    def waiting_events(self) -> AbstractContextManager[WaitingEventStore]: ...

    def people_store(self) -> AbstractContextManager[PeopleStore]: ...

    def session_keys(self) -> AbstractContextManager[SessionKeyStore]: ...

    def open_model_store(self, kept: int, pinned: Collection[str] = ()) -> ModelStore:
        """Open the model store as one more writer."""
        ...


@dataclass(frozen=True)
class SqlitePlace:
    """A folder for files of SQLite, and of snapshots."""

    folder: Path
    quiet_seconds: float = 0.0

    def open_event_log(self) -> EventLog:
        return SqliteEventLog(self.folder / "event_log.sqlite")

    @contextmanager
    def event_history(self) -> Iterator[EventHistory]:
        with closing(SqliteEventHistory(self.folder / "history.sqlite")) as opened:
            yield opened

    @contextmanager
    def decision_history(self) -> Iterator[DecisionHistory]:
        with closing(SqliteDecisionHistory(self.folder / "decisions.sqlite")) as opened:
            yield opened

    @contextmanager
    def claim_store(self) -> Iterator[ClaimStore]:
        with closing(SqliteClaimStore(self.folder / "claims.sqlite")) as opened:
            yield opened

    @contextmanager
    def prior_store(self) -> Iterator[PriorStore]:
        with closing(SqlitePriorStore(self.folder / "priors.sqlite")) as opened:
            yield opened

    @contextmanager
    def catalogue(self) -> Iterator[Catalogue]:
        with closing(SqliteCatalogue(self.folder / "catalogue.sqlite")) as opened:
            yield opened

    @contextmanager
    def plan_store(self, clock: Clock) -> Iterator[PlanStore]:
        with closing(SqlitePlanStore(self.folder / "plans.sqlite", clock=clock)) as opened:
            yield opened

    @contextmanager
    def audit_log(self) -> Iterator[AuditLog]:
        with closing(SqliteAuditLog(self.folder / "audit.sqlite")) as opened:
            yield opened

    @contextmanager
    def learned_rounds(self) -> Iterator[LearnedRounds]:
        with closing(SqliteLearnedRounds(self.folder / "learned_rounds.sqlite")) as opened:
            yield opened

    @contextmanager
    def people_store(self) -> Iterator[PeopleStore]:
        with closing(SqlitePeopleStore(self.folder / "people.sqlite")) as opened:
            yield opened

    @contextmanager
    def session_keys(self) -> Iterator[SessionKeyStore]:
        with closing(SqliteSessionKeys(self.folder / "people.sqlite", hours=24)) as opened:
            yield opened

    @contextmanager
    def waiting_events(self) -> Iterator[WaitingEventStore]:
        with closing(SqliteWaitingEvents(self.folder / "waiting.sqlite")) as opened:
            yield opened

    def open_model_store(self, kept: int, pinned: Collection[str] = ()) -> ModelStore:
        """Open the folder of snapshots."""
        return SnapshotFolder(self.folder / "models", kept, lambda: pinned)


@dataclass(frozen=True)
class KafkaPlace:
    """Topics and groups under a prefix of the test's own."""

    settings: KafkaSettings
    quiet_seconds: float = 0.5

    def open_event_log(self) -> EventLog:
        """Connect once more."""
        return KafkaEventLog(self.settings)


@dataclass(frozen=True)
class SealedPlace:
    """Topics of Kafka whose records are sealed by keys in a folder."""

    kafka: KafkaPlace
    folder: Path

    @property
    def quiet_seconds(self) -> float:
        return self.kafka.quiet_seconds

    def open_keys(self) -> SqliteSessionKeys:
        return SqliteSessionKeys(self.folder / "people.sqlite", hours=24)

    def new_case(self) -> KeyCase:
        clock = SystemClock()
        ring = PrivacyFile(self.folder, clock.now())
        return KeyCase(self.open_keys(), FieldCipher(ring, clock))

    def open_event_log(self) -> EventLog:
        return SealedLog(self.kafka.open_event_log(), self.new_case)


@dataclass(frozen=True)
class CassandraPlace:
    """A keyspace that was emptied for the test."""

    connection: CassandraConnection

    @contextmanager
    def event_history(self) -> Iterator[EventHistory]:
        yield CassandraEventHistory(self.connection)

    @contextmanager
    def decision_history(self) -> Iterator[DecisionHistory]:
        yield CassandraDecisionHistory(self.connection)

    @contextmanager
    def claim_store(self) -> Iterator[ClaimStore]:
        yield CassandraClaimStore(self.connection)

    @contextmanager
    def prior_store(self) -> Iterator[PriorStore]:
        yield CassandraPriorStore(self.connection)

    @contextmanager
    def catalogue(self) -> Iterator[Catalogue]:
        yield CassandraCatalogue(self.connection)

    @contextmanager
    def plan_store(self, clock: Clock) -> Iterator[PlanStore]:
        yield CassandraPlanStore(self.connection, clock)

    @contextmanager
    def audit_log(self) -> Iterator[AuditLog]:
        yield CassandraAuditLog(self.connection)

    @contextmanager
    def learned_rounds(self) -> Iterator[LearnedRounds]:
        yield CassandraLearnedRounds(self.connection)

    @contextmanager
    def people_store(self) -> Iterator[PeopleStore]:
        yield CassandraPeopleStore(self.connection)

    @contextmanager
    def session_keys(self) -> Iterator[SessionKeyStore]:
        yield CassandraSessionKeys(self.connection, hours=24)

    @contextmanager
    def waiting_events(self) -> Iterator[WaitingEventStore]:
        yield CassandraWaitingEvents(self.connection)

    def open_model_store(self, kept: int, pinned: Collection[str] = ()) -> ModelStore:
        return CassandraModelStore(self.connection, kept, lambda: pinned)


@dataclass(frozen=True)
class RedisPlace:
    """A server's url, which other processes may use as well."""

    url: str
    cluster: bool = False

    def open_notifier(self) -> RedisNotifier:
        return RedisNotifier(self.url, RedisSettings(cluster=self.cluster))


class Restartable(Protocol):
    """A server, or several of them, that a test may stop."""

    @property
    def url(self) -> str: ...

    def start(self) -> None:
        """Start it with what it held; return when it answers."""
        ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class RestartableRedis:
    """A server of the test's own."""

    server: Restartable
    cluster: bool = False

    @property
    def place(self) -> RedisPlace:
        """Where other processes find it."""
        return RedisPlace(self.server.url, self.cluster)

    def interrupt(self) -> None:
        """Stop the server and start it again."""
        self.server.stop()
        self.server.start()
