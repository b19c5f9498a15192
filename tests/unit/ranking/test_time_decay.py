"""What time takes off the evidence, over a small shop, with numbers worked out by hand."""

from dataclasses import replace
from datetime import timedelta
from math import isfinite
from pathlib import Path

import pytest

from personalization.domain.decision import Action, CategoryScore
from personalization.domain.event import Event
from personalization.domain.identifiers import EventId, ProductId
from personalization.domain.session import Session
from personalization.domain.tuning import Tuning
from personalization.explanations.contributions import contributions
from personalization.profiles.builder import ProfileBuilder
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import SmallShop, a_small_shop, promote_with_index

HOUR = timedelta(hours=1)
HALVED_EACH_HOUR = Tuning(time_halflife_seconds=3600)


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    """Return a shop whose slates do not explore."""
    return a_small_shop(tmp_path)


def after_views(shop: SmallShop, *views: tuple[str, timedelta]) -> Session:
    """Return the session of products viewed so long before noon."""
    events = [_view(number, *view) for number, view in enumerate(views)]
    session = Session.start(events[0])
    for event in events:
        session, _ = take(session, event, shop.catalogue.products(event.product_ids))
    return session


def _view(number: int, product: str, before: timedelta) -> Event:
    event = an_event(event_id=EventId(f"event-{number}"), product_ids=(ProductId(product),))
    return replace(event, region=None, occurred_at=NOON - before, received_at=NOON - before)


def test_a_view_of_an_hour_ago_weighs_half_against_the_priors(shop: SmallShop) -> None:
    session = after_views(shop, ("shirt-1", HOUR))

    decision = shop.decider.with_tuning(HALVED_EACH_HOUR).decide(session, NOON)

    assert decision.evidence_amount == pytest.approx(0.5)
    assert decision.live_weight == pytest.approx(0.5 / (0.5 + 0.5))


def test_an_old_view_weighs_less_than_a_fresh_one_of_another_category(shop: SmallShop) -> None:
    session = after_views(shop, ("shirt-1", 2 * HOUR), ("skirt-1", timedelta()))

    decision = shop.decider.with_tuning(HALVED_EACH_HOUR).decide(session, NOON)

    # The fresh skirt 1, the older shirt 0.9 * 0.25.
    assert [interaction.freshness for interaction in decision.evidence] == pytest.approx(
        [1.0, 0.25]
    )
    assert decision.evidence_amount == pytest.approx(1.25)
    leanings = {affinity.category_id: affinity.strength for affinity in decision.context.affinities}
    assert leanings == {
        "skirts": pytest.approx(1 / 1.225), "shirts": pytest.approx(0.225 / 1.225)
    }  # fmt: skip


def test_scores_still_add_up_and_each_summand_tells_its_freshness(shop: SmallShop) -> None:
    session = after_views(shop, ("shirt-1", 3 * HOUR), ("shirt-2", HOUR))

    decision = shop.decider.with_tuning(HALVED_EACH_HOUR).decide(session, NOON)

    every_score: tuple[Action | CategoryScore, ...] = (*decision.actions, *decision.categories)
    for scored in every_score:
        parts = contributions(decision, scored)
        assert sum(part.amount for part in parts) == pytest.approx(scored.score, abs=1e-9)
    said = {
        part.freshness for action in decision.actions for part in contributions(decision, action)
    }
    assert said == {None, 0.5, 0.125}


def test_an_event_from_the_future_is_as_fresh_as_one_of_now(shop: SmallShop) -> None:
    session = after_views(shop, ("shirt-1", -HOUR))

    decision = shop.decider.with_tuning(HALVED_EACH_HOUR).decide(session, NOON)

    assert decision.evidence[0].freshness == 1.0


def test_without_a_half_life_time_changes_nothing(shop: SmallShop) -> None:
    old, new = (
        shop.decider.decide(after_views(shop, ("shirt-1", before)), NOON)
        for before in (40 * HOUR, timedelta())
    )

    assert [action.score for action in old.actions] == [action.score for action in new.actions]


def test_a_profile_stays_the_shoppers_own_while_its_evidence_fades(shop: SmallShop) -> None:
    session = after_views(shop, ("shirt-1", 9 * HOUR), ("shirt-2", 9 * HOUR))
    fading = shop.decider.with_tuning(HALVED_EACH_HOUR)

    record = ProfileBuilder(fading).make(session, NOON)

    assert record.decision.evidence_amount < 0.01
    assert record.profile.active


@pytest.mark.parametrize("has_index", [False, True])
@pytest.mark.parametrize("halvings", [959, 961, 1030, 1072, 1074])
def test_scores_stay_numbers_where_almost_nothing_is_left(
    shop: SmallShop, halvings: int, *, has_index: bool
) -> None:
    if has_index:
        promote_with_index(shop)
    session = after_views(shop, ("shirt-1", halvings * HOUR), ("shirt-2", halvings * HOUR))

    decision = shop.decider.with_tuning(HALVED_EACH_HOUR).decide(session, NOON)

    scores = [action.score for action in decision.actions]
    scores += [category.score for category in decision.categories]
    assert all(map(isfinite, scores))
    assert (decision.live_weight > 0) is (halvings < 960)
