"""Simulated shops: what they promise, and what a run counts."""

from functools import partial

import numpy as np
import pytest

from evaluation.simulation.clicks_gained import TWIN, Contender, gain, shop_runs
from evaluation.simulation.oracle import Knows
from evaluation.simulation.shop_run import SLOTS, ShopPages, ShopRun
from evaluation.simulation.shops import ShopKind, make_shop, make_visits
from evaluation.wiring import open_online
from personalization.policies.spec import PolicySpec

IMPRESSIONS = 6_000
GREEDY = PolicySpec.parse("epsilon-greedy:epsilon=0")
open_models = partial(open_online, every_rounds=1_000)


def test_the_shop_that_is_ranked_right_is_clicked_in_the_order_of_its_views() -> None:
    shop = make_shop(ShopKind.RIGHT, 1)

    assert (np.argsort(shop.past.views) == np.argsort(shop.chances[0, 0])).all()
    assert len(shop.weights) == 1


def test_appeals_turn_halfway_in_the_drifting_shop_alone() -> None:
    for kind in ShopKind:
        before, after = make_shop(kind, 1).chances

        assert (before == after).all() == (kind is not ShopKind.DRIFT)


def test_no_product_is_better_where_there_is_no_signal() -> None:
    assert np.ptp(make_shop(ShopKind.NO_SIGNAL, 1).chances) == pytest.approx(0, abs=1e-12)


def test_the_right_order_earns_more_than_any_other() -> None:
    shop = make_shop(ShopKind.RIGHT, 1)
    visits = make_visits(shop, IMPRESSIONS // SLOTS, 1)
    explored = PolicySpec.parse("epsilon-greedy:epsilon=1")
    greedy, uniform = (
        ShopPages(shop, spec, open_models(spec)).run(visits, 1, learning=False).clicks.sum()
        for spec in (GREEDY, explored)
    )

    assert greedy > 1.2 * uniform


def test_a_run_is_repeated_to_the_last_bit() -> None:
    learner = Contender("learner", "epsilon-greedy:epsilon=0.2")
    runs = [
        shop_runs(ShopKind.APPEAL, 1, IMPRESSIONS, [learner], open_models)["learner"]
        for _ in range(2)
    ]

    assert runs[0].clicks.tobytes() == runs[1].clicks.tobytes()


def test_what_never_learns_gains_nothing_over_its_twin() -> None:
    both = [Contender(name, "epsilon-greedy:epsilon=0.2", learning=False) for name in (TWIN, "b")]
    runs = [shop_runs(ShopKind.STALE, seed, IMPRESSIONS, both, open_models) for seed in (1, 2)]

    assert gain(runs, "b", IMPRESSIONS).mean == 0
    assert 0.005 < runs[0][TWIN].clicks.mean() / SLOTS < 0.08


def test_oracles_earn_more_than_the_ranking_and_the_more_the_more_they_know() -> None:
    text = "epsilon-greedy:epsilon=0.2"
    oracles = [Contender(str(of), text, learning=False, knows=of) for of in Knows]
    contenders = [Contender(TWIN, text, learning=False), *oracles]
    runs = {
        kind: [shop_runs(kind, 1, IMPRESSIONS, contenders, open_models)]
        for kind in (ShopKind.STALE, ShopKind.RIGHT)
    }

    def gain_of(kind: ShopKind, knows: Knows) -> float:
        return gain(runs[kind], str(knows), IMPRESSIONS).mean

    assert gain_of(ShopKind.STALE, Knows.SHOPPERS) > gain_of(ShopKind.STALE, Knows.PAGES) > 0.02
    assert gain_of(ShopKind.RIGHT, Knows.PAGES) == 0


def test_what_is_kept_of_a_run_has_its_sums_at_whole_steps() -> None:
    run = ShopRun(np.arange(1_000.0))

    curve = run.curve()

    assert [curve.up_to(look) for look in (2_500, 5_000)] == [run.up_to(2_500), run.up_to(5_000)]
    assert len(curve.clicks) == 2


def test_what_products_earned_pays_where_the_ranking_knows_no_appeals_and_costs_nothing_else() -> (
    None
):
    both = [Contender(TWIN, "epsilon-greedy", learning=False), Contender("earned", "earned")]
    gains = {
        kind: gain([shop_runs(kind, 101, 12_000, both, open_models)], "earned", 12_000).mean
        for kind in (ShopKind.APPEAL, ShopKind.RIGHT)
    }

    assert gains[ShopKind.APPEAL] > 0.05
    assert gains[ShopKind.RIGHT] > -0.02
