"""Regret: what a policy missed of what the oracle would have got, round by round."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from evaluation.simulation.online_models import OnlineModels
from evaluation.simulation.world import WorldRound
from personalization.policies.draws import DrawMaker, draw_slate
from personalization.policies.placement import Placement
from personalization.policies.plain_scores import relevance_weight
from personalization.policies.spec import PolicySpec
from personalization.ports.policy import Candidate, LearningRound
from personalization.ranking.ranker import rank_actions

Floats = npt.NDArray[np.float64]
UNIFORM = "uniform"


@dataclass(slots=True)
class RegretRun:
    """What one policy did in one world, a number a round."""

    regret: list[float] = field(default_factory=list)
    """The oracle's probability of a reward less that of what was shown."""
    reward: list[float] = field(default_factory=list)
    propensity: list[float] = field(default_factory=list)

    @property
    def cumulative(self) -> Floats:
        return np.cumsum(self.regret)


@dataclass(frozen=True, slots=True)
class Curves:
    """One policy's cumulative regret in some worlds: (seeds, rounds)."""

    policy: str
    regret: Floats

    @property
    def final(self) -> Floats:
        ends: Floats = self.regret[:, -1]
        return ends

    @property
    def late(self) -> float:
        return float(np.mean([late_share(run) for run in self.regret]))


def policy_curves(
    name: str,
    policy: PolicySpec,
    worlds: Mapping[int, Sequence[WorldRound]],
    open_models: Callable[[], OnlineModels],
) -> Curves:
    """Return the regret of a policy that begins cold in each world, the worlds given by seed."""
    runs = [regret_of(policy, open_models(), rounds, seed) for seed, rounds in worlds.items()]
    return Curves(name, np.array([run.cumulative for run in runs]))


def uniform_curves(worlds: Iterable[Sequence[WorldRound]]) -> Curves:
    return Curves(UNIFORM, np.array([uniform_regret(rounds) for rounds in worlds]))


def regret_of(
    policy: PolicySpec, online: OnlineModels, rounds: Iterable[WorldRound], seed: int
) -> RegretRun:
    """Let a policy decide and learn for a single slot, all of it by the code that serves."""
    placement, maker, run = Placement(size=1, policy=policy), DrawMaker(online.policy), RegretRun()
    for number, round_ in enumerate(rounds):
        ranked = rank_actions(round_.context, round_.subjects, round_.blend, online.policy)
        # Any fixed numbers that differ from round to round.
        chance = seed * 1_000_003 + number
        draws = maker.draws((placement,), ranked, chance)
        (slot,) = draw_slate(ranked.actions, draws, chance)
        reward = round_.reward(slot.product_id)
        chosen = [each.product_id for each in ranked.actions].index(slot.product_id)
        online.learn(
            [
                LearningRound(
                    context=round_.context,
                    candidates=tuple(
                        Candidate(each.product_id, each.category_id, each.relevance, each.prior)
                        for each in ranked.actions
                    ),
                    chosen=chosen,
                    propensity=slot.propensity,
                    outcome=reward,
                    score=ranked.actions[chosen].score,
                    relevance_weight=relevance_weight(ranked.live_weight, ranked.frame),
                )
            ]
        )
        run.regret.append(round_.best - round_.pay[slot.product_id])
        run.reward.append(reward)
        run.propensity.append(slot.propensity)
    return run


def uniform_regret(rounds: Iterable[WorldRound]) -> Floats:
    """Return the expected regret up to each round of showing any action alike."""
    return np.cumsum([each.best - sum(each.pay.values()) / len(each.pay) for each in rounds])


def late_share(cumulative: Sequence[float] | Floats) -> float:
    """Return the regret of the last fifth in parts of the first fifth's: 1 is linear regret."""
    fifth = len(cumulative) // 5
    return float((cumulative[-1] - cumulative[-fifth - 1]) / cumulative[fifth - 1])
