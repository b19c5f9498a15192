"""Session baselines over arrays give what their formulas give, worked out one by one."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.baselines import MAXIMUM_STEPS, SequentialRules, depth
from evaluation.coded_sessions import CodedSessions
from evaluation.session_neighbours import Likeness, SessionNeighbours, by_cosine, by_place

Sessions = Sequence[Sequence[str]]
PRODUCTS = st.sampled_from("abcdefgh")
SESSIONS = st.lists(st.lists(PRODUCTS, min_size=1, max_size=14), min_size=1, max_size=25)
PREFIXES = st.lists(st.sampled_from("abcdefghxy"), min_size=1, max_size=14)


def popular(sessions: Sessions) -> list[str]:
    counts = Counter(product for products in sessions for product in products)
    return [product for product, _ in counts.most_common()]


def by_score(sessions: Sessions, scores: dict[str, float]) -> list[str]:
    ranking = popular(sessions)
    voted = sorted((product for product in ranking if product in scores), key=lambda p: -scores[p])
    return voted + [product for product in ranking if product not in scores]


def rules_by_hand(sessions: Sessions, prefix: Sequence[str]) -> list[str]:
    scores: defaultdict[str, float] = defaultdict(float)
    for products in sessions:
        for place, product in enumerate(products):
            for distance in range(1, min(MAXIMUM_STEPS, place) + 1):
                if products[place - distance] == prefix[-1]:
                    scores[product] += 2520 // distance
    return by_score(sessions, scores)


def cosine(session: Sequence[str], past: Sequence[str]) -> tuple[float, float]:
    likeness = len(set(session) & set(past)) / sqrt(len(set(past)))
    return likeness, likeness


def place(session: Sequence[str], past: Sequence[str]) -> tuple[float, float]:
    last = {product: at for at, product in enumerate(session, start=1) if product in past}
    likeness = sum(last.values()) / len(session) / sqrt(len(set(past)))
    steps = len(session) - max(last.values()) + 1
    return likeness, likeness * max(0.0, 1.0 - 0.1 * steps)


def neighbours_by_hand(
    compare: Callable[[Sequence[str], Sequence[str]], tuple[float, float]],
    sessions: Sessions,
    prefix: Sequence[str],
    sizes: tuple[int, int],
) -> list[str]:
    neighbours, sample = sizes
    newest = [past for past in reversed(sessions) if set(past) & set(prefix)][:sample]
    nearest = sorted(newest, key=lambda past: -compare(prefix, past)[0])[:neighbours]
    scores: defaultdict[str, float] = defaultdict(float)
    for past in nearest:
        for product in set(past):
            scores[product] += compare(prefix, past)[1]
    return by_score(sessions, scores)


@settings(deadline=None, max_examples=60)
@given(SESSIONS, PREFIXES)
def test_sequential_rules_are_those_of_the_formula(sessions: Sessions, prefix: list[str]) -> None:
    by_hand = rules_by_hand(sessions, prefix)
    assert list(SequentialRules(sessions)(prefix)) == by_hand[: depth(prefix)]


@pytest.mark.parametrize(("likeness", "compare"), [(by_cosine, cosine), (by_place, place)])
@settings(deadline=None, max_examples=60)
@given(sessions=SESSIONS, prefix=PREFIXES, sizes=st.tuples(st.integers(1, 9), st.integers(1, 12)))
def test_neighbours_are_those_of_the_formula(
    likeness: Likeness,
    compare: Callable[[Sequence[str], Sequence[str]], tuple[float, float]],
    sessions: Sessions,
    prefix: list[str],
    sizes: tuple[int, int],
) -> None:
    by_hand = neighbours_by_hand(compare, sessions, prefix, sizes)
    ranking = SessionNeighbours(sessions, likeness, *sizes)(prefix)
    assert list(ranking) == by_hand[: depth(prefix)]


def test_the_newer_of_equally_near_sessions_is_the_neighbour() -> None:
    past = [["a", "old"], ["a", "new"]]
    assert SessionNeighbours(past, by_place, neighbours=1)(["a"])[:2] == ["a", "new"]


def test_a_session_without_a_known_product_gets_the_most_viewed() -> None:
    assert SessionNeighbours([["a", "b"], ["b"]])(["x"]) == ["b", "a"]


def test_without_past_sessions_there_is_nothing_to_rank() -> None:
    past = CodedSessions.of([])
    assert list(SessionNeighbours(past)(["a"])) == []
    assert list(SequentialRules(past)(["a"])) == []


def test_a_vote_weighs_less_the_longer_ago_the_shared_product_was_viewed() -> None:
    past = [["a", "p"], ["b", "q"]]
    ranking = list(SessionNeighbours(past)(["a", "b"]))
    # b was the last view (0.9 of a likeness of 2/2), a the one before (0.8 of 1/2).
    assert ranking == ["b", "q", "a", "p"]
