"""Policies in a world of known truth: what they miss, and whether they log what they do."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import sqrt
from statistics import fmean

import pytest

from evaluation.simulation.regret import RegretRun, late_share, regret_of, uniform_regret
from evaluation.simulation.world import WorldRound, world_rounds
from evaluation.wiring import open_online
from personalization.policies.draws import DrawMaker, draw_slate
from personalization.policies.placement import Placement
from personalization.policies.registry import POLICIES
from personalization.policies.spec import PolicySpec
from personalization.ranking.ranker import rank_actions

ROUNDS = 1_500
SEEDS = (1, 2)
WORLDS = {seed: list(world_rounds(ROUNDS, seed)) for seed in SEEDS}
EVERY_ROUNDS = 100
BASELINES = ("popularity", "rated")
LEARNING = [
    "epsilon-greedy:epsilon=0.1",
    "epsilon-decreasing:halfway=50",
    "epsilon-first:rounds=200",
    "softmax",
    "squarecb",
    "ucb:prior=10",
    "bayes-ucb:prior=10",
    "linucb",
    "thompson-linear",
    "thompson-bag",
    "regcb",
]
"""Those whose exploration is meant for a shop's months get their decisions in fewer rounds."""
OF_PRODUCTS_ALONE = ["earned"]
"""They learn nothing where only features tell, as in these worlds."""


def runs_of(policy: str) -> list[RegretRun]:
    spec = PolicySpec.parse(policy)
    return [
        regret_of(spec, open_online(spec, EVERY_ROUNDS), world, seed)
        for seed, world in WORLDS.items()
    ]


def whole_regret(runs: Sequence[RegretRun]) -> float:
    return fmean(float(run.cumulative[-1]) for run in runs)


@pytest.fixture(scope="module")
def baseline() -> float:
    return min(whole_regret(runs_of(name)) for name in BASELINES)


def uniform() -> float:
    return fmean(float(uniform_regret(rounds)[-1]) for rounds in WORLDS.values())


def test_there_is_a_policy_of_every_kind() -> None:
    named = {PolicySpec.parse(name).kind for name in (*LEARNING, *OF_PRODUCTS_ALONE, *BASELINES)}

    assert named == set(POLICIES)


@pytest.mark.parametrize("policy", LEARNING)
def test_a_policy_that_learns_misses_less_and_less(policy: str, baseline: float) -> None:
    runs = runs_of(policy)

    assert whole_regret(runs) < 0.75 * uniform()
    assert whole_regret(runs) < baseline
    assert fmean(late_share(run.cumulative) for run in runs) < 0.8


def test_baselines_miss_as_much_at_the_end_as_at_the_beginning() -> None:
    for policy in BASELINES:
        runs = runs_of(policy)

        assert whole_regret(runs) < uniform()
        assert 0.85 < fmean(late_share(run.cumulative) for run in runs) < 1.15


def test_a_world_that_turns_round_is_learned_again() -> None:
    spec = PolicySpec.parse("epsilon-greedy:epsilon=0.1")
    turning = list(world_rounds(3 * ROUNDS, 1, drifting=True))
    run = regret_of(spec, open_online(spec, EVERY_ROUNDS), turning, 1)
    half = 3 * ROUNDS // 2
    before, after, later = (
        fmean(run.regret[start : start + 300]) for start in (half - 300, half, 3 * ROUNDS - 300)
    )

    assert after > 1.5 * before
    assert later < after


def test_what_no_feature_tells_is_found_by_counting_what_each_product_earned() -> None:
    world = list(world_rounds(ROUNDS, 1, appealing=True))
    spec = PolicySpec.parse("ucb:slope=0,prior=1")
    run = regret_of(spec, open_online(spec, EVERY_ROUNDS), world, 1)

    assert run.cumulative[-1] < 0.8 * uniform_regret(world)[-1]


def test_what_products_earned_is_worth_more_than_the_order_that_it_corrects() -> None:
    world = list(world_rounds(ROUNDS, 1, appealing=True))
    learned, doubted = (
        regret_of(spec, open_online(spec, EVERY_ROUNDS), world, 1).cumulative[-1]
        for spec in map(PolicySpec.parse, ("earned", "earned:doubt=1000000"))
    )

    assert learned < 0.98 * doubted


@pytest.mark.parametrize("policy", [*LEARNING, *OF_PRODUCTS_ALONE, *BASELINES])
def test_logged_propensities_are_the_frequencies_of_what_is_shown(policy: str) -> None:
    spec = PolicySpec.parse(policy)
    online = open_online(spec, EVERY_ROUNDS)
    regret_of(spec, online, WORLDS[1][:300], 1)
    asked: WorldRound = WORLDS[2][0]
    ranked = rank_actions(asked.context, asked.subjects, asked.blend, online.policy)
    maker, placement, times = DrawMaker(online.policy), Placement(size=2, policy=spec), 2_000
    scores = [action.score for action in ranked.actions]
    shown: Counter[str] = Counter()
    logged: defaultdict[str, float] = defaultdict(float)
    for seed in range(times):
        draws = maker.draws((placement,), ranked, seed)
        slot, _ = draw_slate(ranked.actions, draws, seed)
        chances = draws[0].probabilities(scores, range(len(scores)))
        shown[slot.product_id] += 1
        for action, chance in zip(ranked.actions, chances, strict=True):
            logged[action.product_id] += chance
            if action.product_id == slot.product_id:
                assert chance == slot.propensity

    assert sum(logged.values()) == pytest.approx(times)
    for product_id, expected in logged.items():
        deviation = sqrt(expected * (1 - expected / times)) or 1e-9
        assert abs(shown[product_id] - expected) <= 4.5 * deviation + 1e-6
