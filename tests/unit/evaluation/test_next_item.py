"""Ranking metrics and baselines on sessions small enough to work out by hand."""

from collections.abc import Iterable

import pytest

from evaluation.baselines import Popularity, SequentialRules
from evaluation.held_out import measure
from evaluation.next_item import Quality, Query, Ranker, queries_of
from evaluation.variety import KnownShop

SESSIONS = [["a", "b", "c"], ["a", "b"], ["c", "a"], ["a", "c"], ["a"]]
SHOP = KnownShop.of(dict.fromkeys("abc", "letters"), SESSIONS)


def quality_of(ranker: Ranker, queries: Iterable[Query]) -> Quality:
    return measure(ranker, queries, SHOP).quality


def test_every_prefix_is_a_query() -> None:
    queries = list(queries_of(["a", "b", "a"]))

    assert [(query.prefix, query.target, query.is_repeat) for query in queries] == [
        (("a",), "b", False),
        (("a", "b"), "a", True),
    ]


def test_hit_rate_and_reciprocal_rank_are_means_over_queries() -> None:
    queries = [*queries_of(["a", "b"]), *queries_of(["a", "c"]), *queries_of(["a", "x"])]

    quality = quality_of(lambda _: ["b", "c"], queries)

    assert quality.all.hit_rate == pytest.approx(2 / 3)
    assert quality.all.mean_reciprocal_rank == pytest.approx((1 + 1 / 2) / 3)


def test_beyond_the_cutoff_nothing_counts() -> None:
    ranking = [f"p{number}" for number in range(20)] + ["b"]

    quality = quality_of(lambda _: ranking, queries_of(["a", "b"]))

    assert quality.all.queries == 1
    assert quality.all.hit_rate == 0
    assert quality.all.mean_reciprocal_rank == 0


def test_repeats_are_left_out_of_the_second_figure() -> None:
    quality = quality_of(lambda _: ["a"], queries_of(["a", "a", "b"]))

    assert quality.all.queries == 2
    assert quality.all.hit_rate == 0.5
    assert quality.without_repeats.queries == 1
    assert quality.without_repeats.hit_rate == 0


def test_popularity_ranks_by_views() -> None:
    assert list(Popularity(SESSIONS)(["c"])) == ["a", "c", "b"]


def test_sequential_rules_weigh_followers_by_one_over_their_distance() -> None:
    # After a: b twice at distance 1 (2.0), c once at distance 1 and once at 2 (1.5).
    assert list(SequentialRules(SESSIONS)(["x", "a"])) == ["b", "c", "a"]


def test_the_second_list_is_without_what_was_seen_and_judged_by_new_targets() -> None:
    quality = quality_of(lambda _: ["a", "b", "c"], queries_of(["a", "b", "a", "c"]))

    # Targets b, a (a repeat) and c: places 2, 1 and 3 as given; 1 and 1 without what was seen.
    assert quality.all.mean_reciprocal_rank == pytest.approx((1 / 2 + 1 + 1 / 3) / 3)
    assert quality.without_repeats.mean_reciprocal_rank == pytest.approx((1 / 2 + 1 / 3) / 2)
    assert quality.without_seen.queries == 2
    assert quality.without_seen.mean_reciprocal_rank == 1.0


def test_a_list_without_what_was_seen_is_filled_from_further_down() -> None:
    ranking = [*"ab", *(f"p{number}" for number in range(18)), "c"]

    quality = quality_of(lambda _: ranking, [Query(("a", "b"), "c")])

    assert quality.all.hit_rate == 0
    assert quality.without_seen.hit_rate == 1
    assert quality.without_seen.mean_reciprocal_rank == pytest.approx(1 / 19)
