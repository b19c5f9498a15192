"""Builds the roles of the real-time service over the stores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event as Flag

from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.domain.clock import SystemClock
from personalization.ports.topics import USER_INTERACTIONS
from personalization.wiring import CoreSettings, KeptStores, LiveStores, open_ranking
from realtime.consumers.history import HistoryWriter
from realtime.consumers.interactions import Scorer, ScorerStores
from realtime.consumers.learner import Checkpoints, Learner
from realtime.consumers.loop import Role, RoleLoop
from realtime.dead_letter import DeadLetter
from realtime.engine.policy_refresh import PolicyRefresh


@dataclass(frozen=True, slots=True)
class Foundation:
    """What the roles stand on."""

    settings: CoreSettings
    kept: KeptStores
    live: LiveStores


def scorer_loop(base: Foundation, stop: Flag) -> RoleLoop:
    """Return the loop that turns events into profiles."""
    ranking = open_ranking(base.kept, base.settings.ranking)
    stores = ScorerStores(
        sessions=base.live.sessions,
        profiles=base.live.profiles,
        decisions=base.kept.decisions,
        notifier=base.live.notifier,
        catalogue=ranking.catalogue,
    )
    refresh = PolicyRefresh(ranking.policy, base.settings.learning.snapshot_seconds)
    scorer = Scorer(stores, ranking.maker, refresh, DeadLetter(base.live.log), SystemClock())
    return _loop(base, scorer, stop)


def history_loop(base: Foundation, stop: Flag) -> RoleLoop:
    """Return the loop that keeps every event."""
    return _loop(base, HistoryWriter(base.kept.history), stop)


def learner_loop(base: Foundation, stop: Flag) -> RoleLoop:
    """Return the loop that learns, which reads on from its checkpoint."""
    learning = base.settings.learning
    learner = Learner(
        base.kept.decisions,
        Checkpoints(base.kept.models, learning.snapshot_seconds),
        learning.outcome_window_seconds,
        VowpalLearner,
    )
    loop = _loop(base, learner, stop)
    loop.start_at(learner.offsets)
    return loop


ROLES: Mapping[str, Callable[[Foundation, Flag], RoleLoop]] = {
    "scorer": scorer_loop,
    "history": history_loop,
    "learner": learner_loop,
}
"""Each can run alone in a process of its own; together they are the service."""


def _loop(base: Foundation, role: Role, stop: Flag) -> RoleLoop:
    return RoleLoop(role, base.live.log.consumer(role.group, [USER_INTERACTIONS]), stop)
