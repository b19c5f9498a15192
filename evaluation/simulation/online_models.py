from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from personalization.ports.model_store import STATE_PART, ModelStore
from personalization.ports.policy import LearningRound
from personalization.ports.value_models import ServedPolicy


class Learners(Protocol):
    def learn(self, rounds: Sequence[LearningRound]) -> None: ...

    def dump(self) -> Mapping[str, bytes]: ...


class RefreshedPolicy(ServedPolicy, Protocol):
    def refresh(self) -> bool:
        """Load the current snapshot if it is another."""


@dataclass(frozen=True, slots=True)
class Untaught:
    """A learner that stays as it began."""

    model: bytes

    def learn(self, rounds: Sequence[LearningRound]) -> None: ...

    def dump(self) -> bytes:
        return self.model


class OnlineModels:
    """A learner and the policy that is served by its snapshots, one every so many rounds."""

    def __init__(
        self, learners: Learners, policy: RefreshedPolicy, store: ModelStore, every_rounds: int
    ) -> None:
        self.policy = policy
        self._learners = learners
        self._store = store
        self._every_rounds = every_rounds
        self._rounds = self._rounds_served = 0

    def learn(self, rounds: Sequence[LearningRound]) -> None:
        """Teach the rounds; the policy sees them with the next snapshot."""
        self._learners.learn(rounds)
        self._rounds += len(rounds)
        if self._rounds - self._rounds_served >= self._every_rounds:
            state = {STATE_PART: msgspec.json.encode({"rounds": self._rounds})}
            self._store.save({**self._learners.dump(), **state}, self._store.current())
            self.policy.refresh()
            self._rounds_served = self._rounds
