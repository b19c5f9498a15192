"""From a placement's policy to its draw: how the slots get their actions, ready to be kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from personalization.domain.context import Context
from personalization.domain.decision import Action, Frame
from personalization.domain.draw import Draw, Kernel
from personalization.domain.errors import InvalidPolicyError
from personalization.policies.placement import Placement
from personalization.policies.policy_spec import PolicyKind, PolicySpec
from personalization.ports.policy import Candidate
from personalization.ports.value_models import ModelSource, Samples, ServedModels, Values

Ballots = tuple[tuple[int, ...], ...]
Barred = Mapping[str, tuple[int, ...]]
"""Placement -> indexes of the actions that may not be shown in it."""
NOTHING_BARRED: Barred = {}
_KERNELS = {PolicyKind.SOFTMAX: Kernel.SOFTMAX, PolicyKind.SQUARECB: Kernel.SQUARECB}


class Ranked(Protocol):
    """Scored actions: a decision in the making, or one of the past."""

    @property
    def context(self) -> Context:
        """The situation."""
        ...

    @property
    def actions(self) -> tuple[Action, ...]:
        """Best score first."""
        ...

    @property
    def frame(self) -> Frame:
        """What the scores share."""
        ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a rule is made of."""

    policy: PolicySpec
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


class MakesDraws(Protocol):
    """Says how the slots of placements get their actions."""

    def draws(
        self,
        placements: Sequence[Placement],
        ranked: Ranked,
        seed: int,
        barred: Barred = NOTHING_BARRED,
    ) -> tuple[Draw, ...]:
        """Return one draw per placement."""
        ...


class DrawMaker:
    """Makes the draws of placements from ranked actions and the models of one snapshot."""

    def __init__(self, source: ModelSource) -> None:
        self._source = source

    def draws(
        self,
        placements: Sequence[Placement],
        ranked: Ranked,
        seed: int,
        barred: Barred = NOTHING_BARRED,
    ) -> tuple[Draw, ...]:
        """Return one draw per placement. The same actions, models and seed give the same draws.

        Raises `InvalidPolicyError` where a policy asks a model that is not learned.
        """
        models = self._source.models
        slots = sum(placement.size for placement in placements)
        # Each placement has samples of its own.
        return tuple(
            _draw(
                placement,
                _Asked(
                    placement.policy,
                    ranked,
                    models,
                    slots,
                    seed + place,
                    barred.get(placement.name, ()),
                ),
            )
            for place, placement in enumerate(placements)
        )


def _draw(placement: Placement, asked: _Asked) -> Draw:
    policy, models = placement.policy, asked.models
    ballots = _BALLOTS.get(policy.kind)
    return Draw(
        placement=placement.name,
        policy=str(policy),
        policy_version=models.version,
        size=placement.size,
        epsilon=epsilon_after(policy, models.rounds),
        kernel=_KERNELS.get(policy.kind, Kernel.BALLOTS),
        sharpness=policy.parameters.get("sharpness", 0.0),
        ballots=() if ballots is None else ballots(asked),
        barred=asked.barred,
    )


def epsilon_after(policy: PolicySpec, rounds: int) -> float:
    """Return the share of exploration after so many rounds were learned.

    epsilon-decreasing: max(floor, epsilon halfway / (halfway + rounds)); epsilon-first: all of
    it, then the floor; the others' is constant.
    """
    if policy.kind is PolicyKind.EPSILON_FIRST:
        return 1.0 if rounds < policy["rounds"] else policy["floor"]
    if policy.kind is PolicyKind.EPSILON_DECREASING:
        halfway = policy["halfway"]
        return max(policy["floor"], policy["epsilon"] * halfway / (halfway + rounds))
    return policy["epsilon"]


def _by_prior(prior: str, asked: _Asked) -> Ballots:
    """One ballot, the largest strength of the prior first; products without one come last."""
    actions, names = (
        asked.ranked.actions,
        [term.name for term in asked.ranked.frame.priors],
    )
    place = names.index(prior) if prior in names else None
    strengths = [
        next((strength for index, strength in action.ingredients.strengths if index == place), 0.0)
        for action in actions
    ]
    order = sorted(
        range(len(actions)), key=lambda index: (-strengths[index], actions[index].product_id)
    )
    return (asked.ballot(order),)


def _by_confidence_bound(asked: _Asked) -> Ballots:
    """One ballot: the order of what each action may be worth at the best."""
    if asked.models.linear is None:
        raise _not_learned(asked.policy)
    ranked, width = asked.ranked, asked.policy["width"]
    return asked.ballots(asked.models.linear.optimistic(ranked.context, ranked.actions, width))


def _by_samples(asked: _Asked) -> Ballots:
    """One ballot for each sample of the posterior."""
    if asked.models.linear is None:
        raise _not_learned(asked.policy)
    context, actions, policy = asked.ranked.context, asked.ranked.actions, asked.policy
    samples = Samples(int(policy["members"]), policy["width"], asked.seed)
    return asked.ballots(asked.models.linear.sampled(context, actions, samples))


def _by_bag(asked: _Asked) -> Ballots:
    if asked.models.bag is None:
        raise _not_learned(asked.policy)
    values = asked.models.bag.values(asked.ranked.context, asked.candidates())
    scores = np.array([action.score for action in asked.ranked.actions])
    return asked.ballots(values[: int(asked.policy["members"])] + asked.policy["slope"] * scores)


def _by_plausibility(asked: _Asked) -> Ballots:
    """One ballot for each action that may be the best; each names the others after its own.

    Of many the best by score: before anything is learned, all are plausible.
    """
    if asked.models.regcb is None:
        raise _not_learned(asked.policy)
    chances = asked.models.regcb.probabilities(asked.ranked.context, asked.candidates())
    plausible = [
        index for index, chance in enumerate(chances) if chance > 0.0 and index not in asked.barred
    ]
    plausible = plausible[: int(asked.policy["members"])]
    return tuple(
        tuple((plausible[place:] + plausible[:place])[: asked.slots])
        for place in range(len(plausible))
    )


_BALLOTS: Mapping[PolicyKind, Callable[[_Asked], Ballots]] = {
    PolicyKind.POPULARITY: partial(_by_prior, "popularity"),
    PolicyKind.RATED: partial(_by_prior, "rating"),
    PolicyKind.LINUCB: _by_confidence_bound,
    PolicyKind.THOMPSON_LINEAR: _by_samples,
    PolicyKind.THOMPSON_BAG: _by_bag,
    PolicyKind.REGCB: _by_plausibility,
}
"""The kinds that do not vote in the order of the scores."""


def _not_learned(policy: PolicySpec) -> InvalidPolicyError:
    return InvalidPolicyError(f"The policy {policy.kind} asks a model that is not learned.")
