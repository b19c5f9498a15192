"""From a placement's policy to its draw: how the slots get their actions, ready to be kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from personalization.domain.draw import Draw
from personalization.policies.placement import Placement
from personalization.policies.policy import Question, Ranked
from personalization.policies.spec import PolicySpec
from personalization.ports.value_models import ModelSource

Barred = Mapping[str, tuple[int, ...]]
"""Placement -> indexes of the actions that may not be shown in it."""
NOTHING_BARRED: Barred = {}


class MakesDraws(Protocol):
    def draws(
        self,
        placements: Sequence[Placement],
        ranked: Ranked,
        seed: int,
        barred: Barred = NOTHING_BARRED,
    ) -> tuple[Draw, ...]: ...


@dataclass(frozen=True, slots=True)
class DrawMaker:
    source: ModelSource

    def draws(
        self,
        placements: Sequence[Placement],
        ranked: Ranked,
        seed: int,
        barred: Barred = NOTHING_BARRED,
    ) -> tuple[Draw, ...]:
        """Raise `InvalidPolicyError` where a policy asks a model that is not learned."""
        models = self.source.models
        slots = sum(placement.size for placement in placements)
        return tuple(
            _draw(
                placement,
                Question(
                    kind=placement.policy.kind,
                    parameters=placement.policy.parameters,
                    ranked=ranked,
                    models=models,
                    slots=slots,
                    # Each placement has samples of its own.
                    seed=seed + place,
                    barred=barred.get(placement.name, ()),
                ),
            )
            for place, placement in enumerate(placements)
        )


def _draw(placement: Placement, question: Question) -> Draw:
    spec, models = placement.policy, question.models
    policy = spec.policy
    return Draw(
        placement=placement.name,
        policy=str(spec),
        policy_version=models.version,
        size=placement.size,
        epsilon=epsilon_after(spec, models.rounds),
        kernel=policy.kernel,
        inverse_temperature=spec.parameters.get("inverse_temperature", 0.0),
        gamma=spec.parameters.get("gamma", 0.0),
        ballots=() if policy.ballots is None else policy.ballots(question),
        barred=question.barred,
    )


def epsilon_after(spec: PolicySpec, rounds: int) -> float:
    return spec.policy.epsilon(spec.parameters, rounds)
