from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nightly.generations.publication import load, register
from personalization.adapters.sqlite.learned_rounds import SqliteLearnedRounds
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.domain.identifiers import SessionId
from personalization.domain.models.learned_model import parse_models
from personalization.learning.round_keeper import RoundKeeper
from personalization.learning_wiring import open_learner
from personalization.neighbours.erasures import session_digest
from personalization.ports.event_log import EventConsumer, TopicPartition
from personalization.ports.model_store import ModelStore
from personalization.ports.stores import KeptStores, LiveStores
from personalization.ports.topics import USER_INTERACTIONS
from personalization.priors import warehouse as names
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.kafka import KafkaSettings
from personalization.settings.learning import LearningSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept, open_live
from realtime.learner import Checkpoints, Learner

AUDIT_GROUP = "audit"
NEVER_SECONDS = 1e9


@dataclass(frozen=True, slots=True)
class ShopStores:
    settings: CoreSettings
    kept: KeptStores
    live: LiveStores


@contextmanager
def open_shop(home: Path, services: dict[str, str]) -> Iterator[ShopStores]:
    """Open the stores of a home folder, on the services where their addresses are given."""
    settings = CoreSettings(
        storage=StorageSettings(home=home),
        kafka=KafkaSettings(servers=services.get("FITTING_ROOM_KAFKA_SERVERS")),
        cassandra=CassandraSettings(
            contact_points=services.get("FITTING_ROOM_CASSANDRA_CONTACT_POINTS"),
            timeout_seconds=30.0,
        ),
        redis=RedisSettings(url=services["FITTING_ROOM_REDIS_URL"], timeout_seconds=5.0),
        learning=LearningSettings(outcome_window_seconds=OUTCOME_WINDOW_SECONDS),
    )
    with open_kept(settings) as kept, open_live(settings, kept) as live:
        yield ShopStores(settings, kept, live)


OUTCOME_WINDOW_SECONDS = 15.0
"""Long enough that a profile served during an outage can still be learned from."""


def copy_shop(source: Path, target: ShopStores) -> None:
    """Copy catalogue and promoted priors of an embedded shop into other stores."""
    embedded = replace(
        target.settings,
        storage=StorageSettings(home=source),
        cassandra=CassandraSettings(contact_points=None),
    )
    with open_kept(embedded) as kept:
        active = kept.priors.active()
        target.kept.catalogue.write_categories(kept.catalogue.all_categories())
        for chunk in kept.catalogue.all_products():
            target.kept.catalogue.write_products(chunk)
    if active is None:
        raise ValueError(f"no priors are promoted in {source}: run `nightly` there first")
    folder = embedded.storage.warehouse / names.GENERATIONS_FOLDER / active.generation_id
    load(target.kept.priors, folder)
    register(target.kept.priors, folder)
    target.kept.priors.promote(active.generation_id)


@dataclass(frozen=True, slots=True)
class _EndedLog:
    """A log that nobody writes to any more, and whose decisions are all in the history."""

    consumer: EventConsumer

    def read_up_to_ms(self) -> int:
        return self.consumer.read_up_to_ms()

    def first_offsets(self) -> Mapping[TopicPartition, int]:
        return self.consumer.first_offsets()

    def delayed_decisions(self) -> int:
        return 0

    def erased_version(self) -> int:
        return 0

    def is_erased(self, session_id: SessionId) -> bool:
        del session_id
        return False


@dataclass(frozen=True, slots=True)
class ReferenceRun:
    """A learner without a past, and a consumer at the beginning of the log."""

    learner: Learner
    consumer: EventConsumer
    models: ModelStore


@contextmanager
def reference_run(stores: ShopStores, folder: Path) -> Iterator[ReferenceRun]:
    """Return what learns the whole log once more, with checkpoints in an empty folder."""
    log, models = stores.live.log, SnapshotFolder(folder)
    partitions = range(log.partition_count(USER_INTERACTIONS))
    with (
        closing(log.consumer(AUDIT_GROUP, [USER_INTERACTIONS], partitions)) as consumer,
        closing(SqliteLearnedRounds(folder / "learned_rounds.sqlite")) as kept,
    ):
        keeper = RoundKeeper(kept, partial(session_digest, ""))
        learner = Learner(
            stores.kept.decisions,
            Checkpoints(models, NEVER_SECONDS, keeper),
            stores.settings.learning.outcome_rules,
            partial(open_learner, parse_models(stores.settings.learning.models)),
            _EndedLog(consumer),
        )
        yield ReferenceRun(learner, consumer, models)
