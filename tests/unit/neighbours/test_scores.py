"""Scores of neighbours, worked out by hand."""

from dataclasses import replace
from math import e, log

import numpy as np
import pytest

from personalization.neighbours import scores
from personalization.neighbours.past_session import PastSession
from personalization.neighbours.scores import largest_first, neighbour_scores
from personalization.neighbours.session_index import SessionIndex, build_index
from personalization.neighbours.signal_weights import SignalWeights


def by_product(index: SessionIndex, *newest_first: str) -> dict[str, float]:
    numbers, found = neighbour_scores(index, newest_first)
    return {index.products[number]: score for number, score in zip(numbers, found, strict=True)}


@pytest.fixture
def index() -> SessionIndex:
    sessions = (("a", "b", "x"), ("a", "y"), ("b", "z"), ("q", "r"))
    return build_index(PastSession(number, products) for number, products in enumerate(sessions))


def test_a_score_is_similarity_times_closeness_times_rarity(index: SessionIndex) -> None:
    found = by_product(index, "b", "a")

    # b counts 1, a, one step back, 0.8: the first session has similarity 1.8 and closeness 1.
    assert found == {
        "x": pytest.approx(1.8 * 1.0 * log(4), rel=1e-6),
        "y": pytest.approx(0.8 * 0.8 * log(4), rel=1e-6),
        "z": pytest.approx(1.0 * 1.0 * log(4), rel=1e-6),
    }


def test_a_session_that_is_a_scale_older_fades_to_an_eth() -> None:
    sessions = (PastSession(0, ("a", "x")), PastSession(3_600, ("a", "y")))
    aged = build_index(sessions, weights=SignalWeights(time_scale_seconds=3_600))
    found, of_all = by_product(aged, "a"), by_product(build_index(sessions), "a")
    assert of_all["x"] == of_all["y"] == found["y"]
    assert found["x"] == pytest.approx(found["y"] / e)


@pytest.mark.parametrize("root", [2, 4])
def test_what_is_further_from_the_product_shared_counts_less(root: int) -> None:
    sessions = (PastSession(0, ("u", "b", "v", "a", "w", "x")), PastSession(1, ("q", "r")))
    index = build_index(sessions)
    near = replace(index, weights=SignalWeights(distance_root=root))
    of_all, found = by_product(index, "a", "b"), by_product(near, "a", "b")
    # From a, which is newer: u is three places away, v and w are one, x is two.
    away = {"u": 3, "v": 1, "w": 1, "x": 2}
    assert found == {
        product: pytest.approx(of_all[product] / away[product] ** (1 / root)) for product in away
    }


def test_a_product_in_the_cart_counts_what_carts_are_worth(index: SessionIndex) -> None:
    weights = SignalWeights(worths={"add_to_cart": 2.0}, distance_root=2)
    worth = replace(index, weights=weights)
    types = {"a": "add_to_cart", "b": "checkout"}
    numbers, found = neighbour_scores(worth, ("b", "a"), types)
    # a counts 1.6 in place of 0.8; b, whose type has no worth of its own, counts 1.
    assert dict(zip([index.products[n] for n in numbers], found, strict=True)) == {
        "x": pytest.approx(2.6 * 1.0 * log(4), rel=1e-6),
        "y": pytest.approx(1.6 * 1.6 * log(4), rel=1e-6),
        "z": pytest.approx(1.0 * 1.0 * log(4), rel=1e-6),
    }


def test_what_the_session_saw_has_no_score_and_what_nobody_saw_asks_nothing(
    index: SessionIndex,
) -> None:
    assert by_product(index, "b", "nowhere") == by_product(index, "b")
    assert set(by_product(index, "b")) == {"a", "x", "z"}
    assert by_product(index, "nowhere") == {}
    assert by_product(index) == {}


def test_of_equally_similar_sessions_the_newest_are_asked(
    index: SessionIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "NEIGHBOURS", 1)
    assert set(by_product(index, "a")) == {"y"}


def test_scores_are_those_of_the_plain_formula_over_random_sessions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scores, "NEIGHBOURS", 200)
    random = np.random.default_rng(7)
    sessions = [
        PastSession(number, tuple(random.choice(list("abcdefghijkl"), random.integers(2, 9))))
        for number in range(200)
    ]
    index = build_index(sessions)
    sets = [set(session.products) for session in sessions if len(set(session.products)) > 1]
    rarity = {p: log(len(sets) / sum(p in s for s in sets)) for p in "abcdefghijkl"}
    asked = {product: 0.8**place for place, product in enumerate("adg")}

    expected = {
        product: rarity[product]
        * sum(
            sum(asked[p] for p in s & asked.keys()) * max(asked[p] for p in s & asked.keys())
            for s in sets
            if product in s and s & asked.keys()
        )
        for product in set("abcdefghijkl") - asked.keys()
    }

    found = by_product(index, *asked)
    assert found == {product: pytest.approx(score, rel=1e-5) for product, score in expected.items()}


def test_scores_are_the_same_however_many_numbers_there_are(
    index: SessionIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_places = neighbour_scores(index, ("b", "a"))
    monkeypatch.setattr(scores, "_FEW_NUMBERS", 0)
    sorted_first = neighbour_scores(index, ("b", "a"))

    assert [part.tolist() for part in by_places] == [part.tolist() for part in sorted_first]


@pytest.mark.parametrize("count", [1, 3, 7, 50])
def test_the_largest_are_in_the_order_of_a_stable_sort(count: int) -> None:
    numbers = np.random.default_rng(count).integers(0, 5, 40).astype(float)

    found = largest_first(numbers, count)

    assert found.tolist() == np.argsort(-numbers, kind="stable")[:count].tolist()
