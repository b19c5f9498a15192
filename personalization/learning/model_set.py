"""The models that one learner teaches: each round goes to all of them, in order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from personalization.ports.policy import LearningRound, PolicyLearner


class ResumableModel(PolicyLearner, Protocol):
    def dump(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class ModelSet:
    """Implements `PolicyLearner` with several models, by the names of their parts."""

    models: Mapping[str, ResumableModel]

    @property
    def names(self) -> Collection[str]:
        return self.models.keys()

    def learn(self, rounds: Sequence[LearningRound]) -> None:
        for model in self.models.values():
            model.learn(rounds)

    def dump(self) -> Mapping[str, bytes]:
        return {name: model.dump() for name, model in self.models.items()}
