"""The models that one learner teaches: each round goes to all of them, in order."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from personalization.ports.policy import LearningRound, PolicyLearner


class ResumableModel(PolicyLearner, Protocol):
    """A model whose state can be put into a snapshot."""

    def dump(self) -> bytes: ...


class ModelSet:
    """Implements `PolicyLearner` with several models, by the names of their parts."""

    def __init__(self, models: Mapping[str, ResumableModel]) -> None:
        self._models = models

    @property
    def names(self) -> Collection[str]:
        return self._models.keys()

    def learn(self, rounds: Sequence[LearningRound]) -> None:
        for resumable_model in self._models.values():
            resumable_model.learn(rounds)

    def dump(self) -> Mapping[str, bytes]:
        return {name: resumable_model.dump() for name, resumable_model in self._models.items()}
