"""Which erasures a model has still to follow, and up to which of them nothing is left in it."""

from dataclasses import dataclass

from personalization.domain.errors import DamagedSnapshotError
from personalization.learning.learner_state import LearnerState, part_names, read_state
from personalization.neighbours.erasures import Erasures, read_erasures
from personalization.plans.current_plan import NO_VERSION
from personalization.ports.learned_rounds import LearnedRounds
from personalization.ports.model_store import ModelStore
from personalization.ports.plan_store import PlanStore


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingErasures:
    version: int
    """Of the list of erased sessions."""
    unlearned_version: int
    """Up to this version of the list, nothing of an erased session is in the current model."""
    sessions: frozenset[str]
    """Digests of the erased that the kept rounds have."""
    rounds: int
    """How many of them."""
    older: bool
    """Whether the model was taught rounds that are not kept: anybody's may be among them."""

    @property
    def any(self) -> bool:
        return self.unlearned_version < self.version or bool(self.sessions)


def waiting_erasures(models: ModelStore, kept: LearnedRounds, plans: PlanStore) -> WaitingErasures:
    """Raise `DamagedSnapshotError` where the current snapshot cannot be read."""
    erasures, current = read_erasures(plans), models.current()
    found = kept.count(erasures.sessions())
    is_whole, reached = True, erasures.version
    if current is not None:
        parts = models.load(current)
        state = read_state(current, parts)
        names = part_names(parts)
        is_whole = state.own_training.is_whole(names, kept.pruned_until()) or not _has_learned(
            state
        )
        unlearned = state.own_training.unlearned_version
        # An older snapshot became current again: it has those whose rounds are gone since.
        if not is_whole or unlearned < kept.forgotten_version():
            reached = min(unlearned, erasures.version)
    return WaitingErasures(
        version=erasures.version,
        unlearned_version=min(reached, _before(erasures, frozenset(found))),
        sessions=frozenset(found),
        rounds=sum(found.values()),
        older=not is_whole,
    )


def _before(erasures: Erasures, sessions: frozenset[str]) -> int:
    """Return the last version of the list that has none of the sessions."""
    versions = (
        erasure.version for erasure in erasures.erasures if sessions.intersection(erasure.sessions)
    )
    return min(versions, default=erasures.version + 1) - 1


def _has_learned(state: LearnerState) -> bool:
    return bool(state.rounds or state.corrections)


def snapshots_before_unlearning(models: ModelStore) -> tuple[str, ...]:
    """Return the kept snapshots that have in them what the current one was trained without."""
    current = models.current()
    if current is None:
        return ()
    unlearned = read_state(current, models.load(current)).own_training.unlearned_version
    others = (kept.version for kept in models.versions() if kept.version != current)
    return tuple(version for version in others if _unlearned_version(models, version) < unlearned)


def _unlearned_version(models: ModelStore, version: str) -> int:
    """Return 0 for one that is damaged: nobody knows what is in it."""
    try:
        return read_state(version, models.load(version)).own_training.unlearned_version
    except DamagedSnapshotError:
        return NO_VERSION
