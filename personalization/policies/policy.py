"""What a policy is made of, and what it is asked with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from personalization.domain.context import Context
from personalization.domain.decision import Action, Frame
from personalization.domain.draw import Kernel
from personalization.domain.errors import InvalidPolicyError
from personalization.domain.models.learned_model import LearnedModel
from personalization.ports.policy import Candidate
from personalization.ports.value_models import ServedModels, Values

FLOOR = 0.02
"""Share of exploration of policies that would otherwise never show some actions: the log could then
say nothing about those."""

Parameters = Mapping[str, float]
Ballots = tuple[tuple[int, ...], ...]
"""Each member's best actions, best first, as indexes into the actions."""


class Ranked(Protocol):
    """Scored actions: a decision in the making, or one of the past."""

    @property
    def context(self) -> Context: ...

    @property
    def actions(self) -> Sequence[Action]:
        """Best score first."""

    @property
    def frame(self) -> Frame: ...

    @property
    def live_weight(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Question:
    kind: str
    parameters: Parameters
    ranked: Ranked
    models: ServedModels
    slots: int
    """Slots of all placements: so many actions may be gone before a ballot is asked."""
    seed: int
    barred: tuple[int, ...] = ()
    """Nobody votes for what cannot be elected: a ballot would run out."""

    def candidates(self) -> list[Candidate]:
        return [Candidate.of(action) for action in self.ranked.actions]

    def ballots(self, values: Values) -> Ballots:
        """Return each row's best actions; equal values are in the order of the scores."""
        order = np.argsort(-values, axis=1, kind="stable")[:, : self.slots + len(self.barred)]
        return tuple(map(self.ballot, order.tolist()))

    def ballot(self, order: Sequence[int]) -> tuple[int, ...]:
        """Return the first of an order that may be shown, as many as there are slots."""
        if self.barred:
            order = [index for index in order if index not in self.barred]
        return tuple(order[: self.slots])

    def missing_model(self) -> InvalidPolicyError:
        return InvalidPolicyError(f"The policy {self.kind} asks a model that is not learned.")


def constant_epsilon(parameters: Parameters, rounds: int) -> float:
    del rounds
    return parameters["epsilon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One way to fill slots: everything about it that others ask, in one place.

    `docs/policies.md` compares them; `personalization.domain.draw` has the formulas of kernels.
    """

    name: str
    """As in settings, decisions and reports."""
    parameters: Parameters
    """Textbook names with defaults."""
    words: str
    """What it does, after "the policy ..."."""
    choice: str = "the best that was left"
    """What it showed where it did not explore."""
    kernel: Kernel = Kernel.BALLOTS
    ballots: Callable[[Question], Ballots] | None = None
    """None votes in the order of the scores."""
    epsilon: Callable[[Parameters, int], float] = constant_epsilon
    """The share of exploration by the parameters and the number of rounds learned."""
    model: LearnedModel | None = None
    """What it asks beside the base model."""
    goes_by_plain_scores: bool = False
    """So what the base model has learned plays no part in its draws."""
    former_names: Mapping[str, str] = field(default_factory=dict)
    """Names that parameters had in texts kept before -> their names now."""
