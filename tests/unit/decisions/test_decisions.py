"""Decisions over a small shop, with numbers worked out by hand."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personalization.domain.decision import Action, CategoryScore
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import BundleId, CategoryId, EventId, ProductId, Region
from personalization.domain.session import Session
from personalization.explanations.contributions import contributions
from personalization.ranking.relevance import RETURN_WEIGHT
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import SHIRTS, SKIRTS, SmallShop, a_small_shop


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    """Return a shop whose slates do not explore."""
    return a_small_shop(tmp_path)


@pytest.fixture(scope="module")
def lasting_shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Return a shop for tests of many random sessions."""
    return a_small_shop(tmp_path_factory.mktemp("shop"), epsilon=0.2)


def a_view(number: int, product: str, **overrides: object) -> Event:
    return an_event(
        event_id=EventId(f"event-{number}"),
        occurred_at=NOON + timedelta(seconds=number),
        product_ids=(ProductId(product),),
        region=None,
        **overrides,
    )


def after(shop: SmallShop, *events: Event) -> Session:
    session = Session.start(events[0])
    for event in events:
        session, _ = take(session, event, shop.catalogue.products(event.product_ids))
    return session


def test_a_first_visit_is_ranked_by_priors_alone_and_is_not_empty(shop: SmallShop) -> None:
    session = replace(Session.start(an_event()), region=None)

    decision = shop.decider.decide(session, NOON)

    assert decision.live_weight == 0
    assert [action.product_id for action in decision.actions][:2] == ["shirt-1", "skirt-1"]
    assert decision.actions[0].score == pytest.approx(1.0)
    assert decision.actions[1].score == pytest.approx(0.9)
    assert [category.category_id for category in decision.categories] == ["shirts", "skirts"]


def test_a_visit_from_a_region_meets_what_that_region_likes(shop: SmallShop) -> None:
    session = replace(Session.start(an_event()), region=Region("cz"))

    decision = shop.decider.decide(session, NOON)

    sources = {action.product_id: action.sources for action in decision.actions}
    assert "region" in sources[ProductId("skirt-3")]


def test_one_view_gives_two_thirds_of_the_weight_to_what_usually_comes_next(
    shop: SmallShop,
) -> None:
    decision = shop.decider.decide(after(shop, a_view(0, "shirt-1")), NOON)

    # Live shares: shirt-2 0.5 * 1.0, skirt-3 0.5 * 0.2, and shirt-1 itself 0.05, of 0.65.
    assert decision.live_weight == pytest.approx(1 / 1.5)
    by_id = {action.product_id: action for action in decision.actions}
    assert by_id[ProductId("shirt-2")].relevance == pytest.approx(10 / 13)
    assert by_id[ProductId("skirt-3")].relevance == pytest.approx(2 / 13)
    assert decision.actions[0].product_id == "shirt-2"
    assert decision.actions[0].score == pytest.approx(1.0)


def test_an_older_view_reweights_only_what_can_follow_the_newest(shop: SmallShop) -> None:
    session = after(shop, a_view(0, "shirt-1"), a_view(1, "shirt-2"))

    decision = shop.decider.decide(session, NOON)

    by_id = {action.product_id: action for action in decision.actions}
    # Newest, shirt-2: 0.5 * 1.0 for the new shirt-3, 0.5 * 0.5 * 0.6 for shirt-1, seen before.
    # Older, shirt-1 at lag 1: 0.9 * 1.0 * 1.0 for shirt-3 and 0.9 * 0.2 * 0.5 * 0.6 for shirt-1.
    assert by_id[ProductId("shirt-3")].ingredients.relevances == (
        (0, pytest.approx(0.5)),
        (1, pytest.approx(1.0)),
    )
    assert by_id[ProductId("shirt-1")].ingredients.relevances == (
        (0, pytest.approx(0.15)),
        (1, pytest.approx(0.06)),
    )
    live_shirt_3, live_shirt_1 = 0.5 + 0.9 * 1.0, 0.15 + 0.9 * 0.06
    assert by_id[ProductId("shirt-3")].relevance == pytest.approx(
        live_shirt_3 / (live_shirt_3 + live_shirt_1 + RETURN_WEIGHT)
    )
    assert by_id[ProductId("skirt-3")].relevance == 0


def test_a_category_view_brings_the_leaders_of_the_category(shop: SmallShop) -> None:
    view = a_view(0, "shirt-1", type=EventType.CATEGORY_VIEW)
    view = replace(view, product_ids=(), category_id=CategoryId("skirts"))

    decision = shop.decider.decide(after(shop, view), NOON)

    assert decision.actions[0].product_id == "skirt-1"
    assert decision.categories[0].category_id == "skirts"


def test_a_dislike_sends_the_product_to_the_end_and_spares_its_neighbours(
    shop: SmallShop,
) -> None:
    dislike = a_view(1, "shirt-2", type=EventType.FEEDBACK, thumb=-1)

    decision = shop.decider.decide(after(shop, a_view(0, "shirt-1"), dislike), NOON)

    assert decision.actions[-1].product_id == "shirt-2"
    assert decision.actions[-1].score < 0
    assert decision.actions[0].score == pytest.approx(1.0)


def test_a_late_event_counts_with_its_true_age(shop: SmallShop) -> None:
    in_order = after(shop, a_view(0, "shirt-1"), a_view(1, "shirt-2"))
    late = after(shop, a_view(1, "shirt-2"), a_view(0, "shirt-1"))

    first, second = (shop.decider.decide(session, NOON) for session in (in_order, late))

    assert [action.score for action in first.actions] == [action.score for action in second.actions]


def test_what_was_viewed_is_relevant_to_itself_where_no_list_says_that_it_follows(
    shop: SmallShop,
) -> None:
    views = [a_view(0, "skirt-1"), a_view(1, "shirt-2"), a_view(2, "shirt-1")]

    decision = shop.decider.decide(after(shop, *views), NOON)

    relevances = {
        action.product_id: dict(action.ingredients.relevances) for action in decision.actions
    }
    # Evidence is newest first; shirt-2 follows shirt-1 by its list, the other two do not.
    assert relevances[ProductId("shirt-1")] == {0: RETURN_WEIGHT}
    assert relevances[ProductId("skirt-1")] == {2: RETURN_WEIGHT}
    assert RETURN_WEIGHT not in relevances[ProductId("shirt-2")].values()


def test_the_profile_names_reasons_bundles_and_trends(shop: SmallShop) -> None:
    profile = shop.maker.make(after(shop, a_view(0, "shirt-1")), NOON).profile

    assert profile.score_data.products[0].reason == "You viewed Shirt 1"
    assert profile.bundled_discount_suggestions[0].product_ids == ("shirt-1", "skirt-1")
    assert profile.trending_recommendations[0].product_id == "skirt-2"
    assert profile.recent_products == ("shirt-1",)


def test_a_profile_is_the_shoppers_own_from_the_second_interaction_on(shop: SmallShop) -> None:
    views = [a_view(0, "shirt-1"), a_view(1, "shirt-2")]

    assert not shop.maker.make(after(shop, views[0]), NOON).profile.active
    assert shop.maker.make(after(shop, *views), NOON).profile.active


_EVENTS = st.lists(
    st.tuples(
        st.sampled_from((*SHIRTS, *SKIRTS)),
        st.sampled_from(
            [event_type for event_type in EventType if event_type is not EventType.IMPRESSION]
        ),
        st.sampled_from((-1, 1)),
        st.booleans(),
    ),
    max_size=25,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(drawn=_EVENTS)
def test_the_contributions_of_every_score_add_up_to_it(
    lasting_shop: SmallShop, drawn: list[tuple[str, EventType, int, bool]]
) -> None:
    session = replace(Session.start(an_event()), region=Region("cz"))
    for number, (product, kind, thumb, bundled) in enumerate(drawn):
        event = a_view(number, product, type=kind, thumb=thumb)
        if bundled:
            event = replace(event, bundle_id=BundleId("shirt-1+skirt-1"))
        if kind is EventType.CATEGORY_VIEW:
            event = replace(event, product_ids=(), category_id=CategoryId("skirts"))
        session, _ = take(session, event, lasting_shop.catalogue.products(event.product_ids))

    decision = lasting_shop.decider.decide(session, NOON)

    assert decision.actions
    every_score: tuple[Action | CategoryScore, ...] = (*decision.actions, *decision.categories)
    for scored in every_score:
        total = sum(contribution.amount for contribution in contributions(decision, scored))
        assert total == pytest.approx(scored.score, abs=1e-9)
    assert sum(action.ingredients.probability for action in decision.actions) == pytest.approx(
        1, abs=1e-5
    )
