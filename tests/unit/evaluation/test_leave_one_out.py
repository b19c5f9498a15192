"""What each part of a ranking is worth, by leaving it out."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from evaluation.held_out import HeldOutSplit
from evaluation.leave_one_out import LIVE, LeaveOneOut, parts_of
from evaluation.past_views import PastCollector
from evaluation.served_processes import RankingVariant, open_rankings
from evaluation.served_ranking import SERVED, measure_rankings
from evaluation.variety import KnownShop
from evaluation.wiring import EvaluationResources, open_decider
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.domain.decision import ActionSource, Decision
from personalization.domain.event import Event
from personalization.domain.identifiers import EventId, ProductId, SessionId
from personalization.domain.session import Session
from personalization.domain.tuning import DEFAULT_TUNING
from personalization.ranking.left_out import LeftOut
from personalization.sessions.counting import take
from personalization.wiring import CoreSettings
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import SmallShop, a_small_shop, promote_with_index

VISITS = ("shirt-1 shirt-2 skirt-3", "skirt-1 skirt-2", "shirt-3 shirt-1 shirt-1", "shirt-2")


def visits(count: int) -> Sequence[list[Event]]:
    return [
        [
            an_event(
                event_id=EventId(f"{number}-{place}"),
                session_id=SessionId(f"visit-{number}"),
                occurred_at=NOON + timedelta(seconds=place),
                product_ids=(ProductId(product),),
            )
            for place, product in enumerate(VISITS[number % len(VISITS)].split())
        ]
        for number in range(count)
    ]


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    shop = a_small_shop(tmp_path)
    promote_with_index(shop)
    return shop


@pytest.fixture
def resources(shop: SmallShop) -> EvaluationResources:
    history = SqliteEventHistory(shop.folder / "history.sqlite", 0)
    return EvaluationResources(shop.decider, shop.catalogue, history, {})


def decide(shop: SmallShop, left_out: LeftOut) -> Decision:
    [events, *_] = visits(1)
    session = Session.start(events[0])
    for event in events:
        session, _ = take(session, event, shop.catalogue.products(event.product_ids))
    decider = RankingVariant(DEFAULT_TUNING, left_out).of(shop.decider)
    return decider.decide(session, NOON + timedelta(minutes=1))


def test_a_term_left_out_weighs_nothing_and_the_others_what_they_did(shop: SmallShop) -> None:
    whole, without = (
        decide(shop, LeftOut(terms=terms)) for terms in (frozenset[str](), frozenset({"return"}))
    )

    before = {term.name: term.weight for term in whole.frame.priors}
    assert before["return"] > 0
    after = {term.name: term.weight for term in without.frame.priors}
    assert after == {**before, "return": 0.0}
    assert [action.score for action in without.actions] != [
        action.score for action in whole.actions
    ]


def test_no_action_is_taken_from_a_list_left_out(shop: SmallShop) -> None:
    neighbours = frozenset({ActionSource.NEIGHBOURS})
    whole, without = (decide(shop, LeftOut(sources=each)) for each in (frozenset(), neighbours))

    assert neighbours & sources_of(whole)
    assert sources_of(without) == sources_of(whole) - neighbours


def sources_of(decision: Decision) -> set[ActionSource]:
    return {source for action in decision.actions for source in action.sources}


def test_without_live_evidence_only_priors_and_signals_speak(shop: SmallShop) -> None:
    decision = decide(shop, LeftOut(live=True))

    assert {action.ingredients.relevances for action in decision.actions} == {()}
    assert max(action.score for action in decision.actions) == 1.0


def test_what_a_part_is_worth_is_the_whole_less_the_rest(resources: EvaluationResources) -> None:
    sessions = visits(12)
    past = PastCollector()
    for events in visits(4):
        for event in events:
            past.add(event)
    views = past.collect()
    products = {product for session in views.sessions for product in session}
    split = HeldOutSplit(sessions, views, KnownShop.of(dict.fromkeys(products, "all"), []))
    parts = parts_of(resources, sessions)
    assert list(parts)[:2] == [SERVED, LIVE]
    assert {"neighbours", "return", "popularity", "actions: affinity"} <= set(parts)
    with open_rankings(lambda: nullcontext(resources), resources, 1) as rankings:
        found = {
            name: measure_rankings(
                rankings.rank(RankingVariant(DEFAULT_TUNING, left_out), sessions), split.shop
            )
            for name, left_out in parts.items()
        }

    comparison = LeaveOneOut.of(split, found, seed=1, resamples=20)

    for part in comparison.parts:
        ranks = [found[name].ranking.quality.all.mean_reciprocal_rank for name in (SERVED, part)]
        worth = comparison.worth(part)["mean_reciprocal_rank"].value
        assert worth == pytest.approx(ranks[0] - ranks[1])
    assert comparison.worth(LIVE)["mean_reciprocal_rank"].value != 0
    assert comparison.first_click_worth(LIVE)["hit_rate"].value == 0


def test_several_processes_rank_as_one_does(shop: SmallShop) -> None:
    sessions = visits(45)
    opener = partial(open_decider, CoreSettings.of_home(shop.folder))
    variant = RankingVariant(DEFAULT_TUNING, LeftOut(terms=frozenset({"neighbours"})))
    found = []
    for jobs in (1, 2):
        with (
            opener() as resources,
            open_rankings(opener, resources, jobs) as rankings,
        ):
            ranked = rankings.rank(variant, sessions)
            found.append([replace(session, seconds=0.0) for session in ranked])

    assert found[0] == found[1]
    assert len(found[0]) == len(sessions)
