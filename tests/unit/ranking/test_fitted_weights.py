"""Weights follow the shop: what tells more of the next product weighs more."""

from collections.abc import Callable

import numpy as np
import pytest

from personalization.domain.event import EventType
from personalization.neighbours.past_session import Act, PastSession
from personalization.neighbours.signal_weights import HAND_SET, SignalWeights
from personalization.ranking import fitted_weights
from personalization.ranking.fitted_weights import fit_weights

_Visit = Callable[[np.random.Generator], list[int]]


def sessions_of(visit: _Visit, count: int = 1_000) -> list[PastSession]:
    random = np.random.default_rng(3)
    visits = (visit(random) for _ in range(count))
    return [PastSession(n, tuple(f"p{item}" for item in items)) for n, items in enumerate(visits)]


def by_order(random: np.random.Generator) -> list[int]:
    """Go round a ring in steps of 1 or 7: the newest product says what comes next, in order."""
    steps = random.choice([1, 7], 8).cumsum() + random.integers(300)
    return [int(step) % 300 for step in steps]


def by_theme(random: np.random.Generator) -> list[int]:
    """SessionVisit products of one of many themes in any order: all of the visit says the theme."""
    theme = int(random.integers(60))
    shared = [int(item) for item in random.choice(40, 5, replace=False)]
    own = [100 + 20 * theme + int(item) for item in random.choice(20, 5, replace=False)]
    return [item for pair in zip(own, shared, strict=True) for item in pair]


@pytest.fixture(scope="module")
def themes() -> list[PastSession]:
    return sessions_of(by_theme)


@pytest.fixture(scope="module")
def weights(themes: list[PastSession]) -> SignalWeights:
    return fit_weights(themes)


def test_neighbours_count_more_where_visits_have_themes(weights: SignalWeights) -> None:
    assert weights.of("neighbours") > HAND_SET.of("neighbours")


def test_hand_set_weights_stay_where_others_are_no_better() -> None:
    # The two that can come next lead the list with any weights.
    assert fit_weights(sessions_of(by_order)) == HAND_SET


def test_yesterdays_weights_stay_where_todays_are_no_better(
    themes: list[PastSession], weights: SignalWeights
) -> None:
    assert fit_weights(themes, weights) == weights


def test_weights_of_yesterday_that_are_worse_go(
    themes: list[PastSession], weights: SignalWeights
) -> None:
    assert fit_weights(themes, SignalWeights({"return": 50.0})) == weights


def test_few_sessions_choose_nothing() -> None:
    sessions = sessions_of(by_order, 100)
    assert fit_weights(sessions, SignalWeights({"neighbours": 5.0, "return": 5.0})) == HAND_SET
    assert fit_weights([]) == HAND_SET


def test_a_cart_counts_more_where_it_says_what_comes_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fitted_weights, "FEWEST_QUERIES", 50)
    random = np.random.default_rng(5)
    sessions = []
    for number in range(700):
        # The theme is that of the product in the cart; what is viewed after it says nothing.
        theme = int(random.integers(40))
        own = [f"t{theme}-{item}" for item in random.choice(20, 3, replace=False)]
        others = [f"c{item}" for item in random.choice(200, 3, replace=False)]
        views = (own[0], others[0], own[1], others[1], own[2], others[2])
        acts = [Act(1, own[0], EventType.ADD_TO_CART), Act(3, own[1], EventType.ADD_TO_CART)]
        sessions.append(PastSession(number, views, acts))
    assert fit_weights(sessions).worths["add_to_cart"] > 1
