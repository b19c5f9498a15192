"""The live part of the night says what a decision would say, from the same numbers."""

import pytest

from personalization.domain.tuning import DECAY
from personalization.neighbours.past_session import PastSession
from personalization.ranking.relevance import NEXT_WEIGHT, RETURN_WEIGHT, SEEN_FRESHNESS
from personalization.ranking.signals.live_part import LivePart

SESSIONS = [PastSession(1, ("a", "b", "c")), PastSession(2, ("a", "b")), PastSession(3, ("a", "c"))]


def test_followers_of_the_newest_product_lead() -> None:
    strengths = LivePart(SESSIONS, {"a"}).strengths(("a",))
    # b follows a in two sessions; c at once in one, and later in another.
    shares = {"b": 2 / 7, "c": 2 / 7}
    chances = {"b": 2.0 + 2 * shares["b"], "c": 1.2 + 2 * shares["c"]}
    assert strengths["b"] == pytest.approx(NEXT_WEIGHT)
    assert strengths["c"] == pytest.approx(NEXT_WEIGHT * chances["c"] / chances["b"])


def test_what_one_session_alone_says_counts_half() -> None:
    strengths = LivePart([PastSession(1, ("a", "b"))], {"a"}).strengths(("a",))
    assert strengths["b"] == pytest.approx(NEXT_WEIGHT / 2)


def test_older_products_reweight_what_follows_and_come_back_where_nothing_says_so() -> None:
    past = [PastSession(number, ("x", "a", "b")) for number in range(50)]
    past += [PastSession(number, ("y", "a", "c")) for number in range(50)]
    live = LivePart(past, {"a", "x"})
    alone, after_x = live.strengths(("a",)), live.strengths(("x", "a"))
    assert alone["b"] == alone["c"]
    assert after_x["b"] > after_x["c"]
    assert after_x["x"] == pytest.approx(DECAY * RETURN_WEIGHT)


def test_what_was_seen_is_less_fresh() -> None:
    live = LivePart([PastSession(number, ("a", "b", "a")) for number in range(9)], {"a"})
    assert live.strengths(("b", "a"))["b"] == pytest.approx(
        SEEN_FRESHNESS * live.strengths(("a",))["b"]
    )
