from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from threading import Event as Flag

from personalization.decisions.durable_decisions import KeptDecisions
from personalization.domain.clock import SystemClock, Throttle
from personalization.domain.errors import PersonalizationError, StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.domain.models.learned_model import parse_models
from personalization.erasure.open_worker import erasure_worker
from personalization.learning.impression_check import CHECK_HEADER, NOT_CHECKED
from personalization.learning_wiring import open_keeper, open_learner
from personalization.neighbours.erasures import ErasedSessions, current_erasures
from personalization.ports.event_log import EventConsumer, TopicPartition
from personalization.ports.stores import KeptStores, LiveStores
from personalization.ports.topics import (
    DELAYED_DECISIONS,
    HISTORY_GROUP,
    LEARNER_GROUP,
    USER_INTERACTIONS,
)
from personalization.tracking.consents import read_statements
from personalization.tracking.waiting_events import WaitingEvents
from personalization.wiring import (
    CoreSettings,
    catalogue_cache,
    open_ranking,
)
from realtime.dead_letter import DeadLetterWriter
from realtime.forgetting_consumer import ForgettingConsumer
from realtime.history_writer import HistoryWriter
from realtime.learner import Checkpoints, Learner
from realtime.look_loop import Looked, LookedFor, LookLoop, RunningRole
from realtime.lost_sessions import LostSessions
from realtime.role_loop import RoleLoop
from realtime.scorer import Scorer, ScorerStores
from realtime.waiting_role import waiting_events_role


@dataclass(frozen=True, slots=True)
class RoleResources:
    settings: CoreSettings
    kept: KeptStores
    live: LiveStores


def scorer_loop(base: RoleResources, stop: Flag) -> RoleLoop:
    scorer = build_scorer(base)
    consumer = base.live.log.consumer(scorer.group, [USER_INTERACTIONS])
    return RoleLoop(scorer, _forgetting(base, consumer), stop)


def _forgetting(base: RoleResources, consumer: EventConsumer) -> ForgettingConsumer:
    return ForgettingConsumer(consumer, _erasures(base))


def _erasures(base: RoleResources) -> ErasedSessions:
    return ErasedSessions(current_erasures(base.kept.plans))


def build_scorer(base: RoleResources) -> Scorer:
    ranking = open_ranking(base.kept, base.settings)
    # Lists that cannot be read now are read when they are needed.
    with suppress(StoreUnavailableError):
        ranking.priors.read_ahead()
    decisions, clock = KeptDecisions(base.kept.decisions, base.live.log), SystemClock()
    stores = ScorerStores(
        sessions=base.live.sessions,
        lost=LostSessions(base.kept.history, decisions, ranking.catalogue, clock),
        scored=base.live.scored,
        decisions=decisions,
        catalogue=ranking.catalogue,
    )
    look = Throttle(base.settings.learning.snapshot_seconds, due_at_once=False)
    dead_letter = DeadLetterWriter(base.live.log)
    counts = base.settings.privacy.counts
    return Scorer(stores, ranking.maker, ranking.policy, look, dead_letter, clock, counts)


def history_loop(base: RoleResources, stop: Flag) -> RoleLoop:
    writer = HistoryWriter(base.kept.history, base.kept.decisions)
    consumer = base.live.log.consumer(writer.group, [USER_INTERACTIONS, DELAYED_DECISIONS])
    return RoleLoop(writer, _forgetting(base, consumer), stop)


@dataclass(frozen=True, slots=True)
class LearnersLog:
    consumer: EventConsumer
    history_writer: EventConsumer
    erased: ErasedSessions | None = None

    def read_up_to_ms(self) -> int:
        return self.consumer.read_up_to_ms()

    def first_offsets(self) -> Mapping[TopicPartition, int]:
        return self.consumer.first_offsets()

    def delayed_decisions(self) -> int:
        return self.history_writer.lag()

    def erased_version(self) -> int:
        return 0 if self.erased is None else self.erased.version()

    def is_erased(self, session_id: SessionId) -> bool:
        return self.erased is not None and self.erased.includes(session_id)


def learner_loop(base: RoleResources, stop: Flag) -> RoleLoop:
    """Return the loop of the learner, which reads on from its checkpoint.

    It reads every partition, whoever else may: the order of learning is that of the whole log,
    and a second learner is fenced off when it saves.
    """
    learning, log = base.settings.learning, base.live.log
    partitions = range(log.partition_count(USER_INTERACTIONS))
    delayed = range(log.partition_count(DELAYED_DECISIONS))
    with ExitStack() as opened:
        consumer = log.consumer(LEARNER_GROUP, [USER_INTERACTIONS], partitions)
        opened.callback(consumer.close)
        history = log.consumer(HISTORY_GROUP, [DELAYED_DECISIONS], delayed)
        opened.callback(history.close)
        learner = Learner(
            base.kept.decisions,
            Checkpoints(base.kept.models, learning.snapshot_seconds, open_keeper(base.kept)),
            learning.outcome_rules,
            partial(open_learner, parse_models(learning.models)),
            LearnersLog(consumer, history, _erasures(base)),
        )
        loop = RoleLoop(learner, _forgetting(base, consumer), stop, [history])
        # The checkpoint is the truth, not what was committed: what it does not cover is read again.
        places = [TopicPartition(USER_INTERACTIONS, partition) for partition in partitions]
        loop.start_at({place: learner.offsets.get(place, 0) for place in places})
        opened.pop_all()
    return loop


def waiting_loop(base: RoleResources, stop: Flag) -> LookLoop:
    catalogue = catalogue_cache(base.kept, base.settings.ranking.plan_seconds)
    unchecked = ((CHECK_HEADER, NOT_CHECKED),)
    log, clock = base.live.log, SystemClock()
    statements = partial(read_statements, base.kept.history)
    events = WaitingEvents(base.kept.waiting, catalogue, log, clock, unchecked, statements)
    return LookLoop(waiting_events_role(events), stop)


def erasure_loop(base: RoleResources, stop: Flag) -> LookLoop:
    worker = erasure_worker(base.settings.storage, base.kept, base.live)
    # One that another process has just closed is no reason to leave.
    looked_for = LookedFor(
        "eraser", "erasures", lambda: Looked(worker.work()), PersonalizationError
    )
    return LookLoop(looked_for, stop)


ROLES: Mapping[str, Callable[[RoleResources, Flag], RunningRole]] = {
    "scorer": scorer_loop,
    "history": history_loop,
    "learner": learner_loop,
    "waiting": waiting_loop,
    "eraser": erasure_loop,
}
"""Each can run in a process of its own; together they are the service."""
