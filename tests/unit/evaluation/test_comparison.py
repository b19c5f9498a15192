"""Intervals by the bootstrap over sessions, differences in the same resamples, and slices."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from evaluation.bootstrap import FIGURES, Ratios, bootstrap
from evaluation.comparison import RankingComparison
from evaluation.first_click import FirstClickPopularity
from evaluation.held_out import HeldOutSplit, measure_baselines, sample_of
from evaluation.next_item import Quality, QueryRanks, queries_of
from evaluation.past_views import PastCollector
from evaluation.slices import QueryFacts
from evaluation.variety import KnownShop
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, ProductId, Region, SessionId, UserId

START = datetime(2024, 5, 1, tzinfo=UTC)


def visit(name: str, products: str, day: float = 0, user: str | None = None) -> list[Event]:
    start = START + timedelta(days=day)
    return [
        Event(
            event_id=EventId(f"{name}-{place}"),
            session_id=SessionId(name),
            type=EventType.PRODUCT_VIEW,
            occurred_at=start + timedelta(seconds=place),
            received_at=start,
            product_ids=(ProductId(product),),
            user_id=None if user is None else UserId(user),
        )
        for place, product in enumerate(products)
    ]


def in_region(region: str, events: list[Event]) -> list[Event]:
    return [replace(event, region=Region(region)) for event in events]


def split_of(past: list[list[Event]], held_out: list[list[Event]]) -> HeldOutSplit:
    collector = PastCollector()
    for events in past:
        for event in events:
            collector.add(event)
    views = collector.collect()
    products = {product for session in views.sessions for product in session}
    shop = KnownShop.of(dict.fromkeys(products, "all"), views.sessions)
    return HeldOutSplit(held_out, views, shop)


def coin_ratios(sessions: int, queries_each: int) -> Ratios:
    ranks = [QueryRanks(1 if number % 2 else None, None) for number in range(sessions)]
    return Ratios.of(
        [rank for rank in ranks for _ in range(queries_each)],
        np.zeros(sessions * queries_each, np.bool_),
        np.repeat(np.arange(sessions), queries_each),
    )


def test_the_figures_are_those_that_are_printed() -> None:
    products = ["abac", "ab", "cabbb"]
    queries = [query for session in products for query in queries_of(session)]
    quality = Quality.empty()
    ranks = [quality.add(query, ["c", "a", "x", "b"]) for query in queries]
    repeats = np.array([query.is_repeat for query in queries])
    sessions = np.repeat(np.arange(3), [3, 1, 4])

    found = bootstrap({"this": Ratios.of(ranks, repeats, sessions)}, seed=1).estimates("this")

    by_hand = [
        figure
        for kind in (quality.all, quality.without_repeats, quality.without_seen)
        for figure in (kind.hit_rate, kind.mean_reciprocal_rank)
    ]
    assert [found[name].value for name in FIGURES] == pytest.approx(by_hand)
    assert all(found[name].low <= found[name].value <= found[name].high for name in FIGURES)


@pytest.mark.parametrize("queries_each", [1, 4])
def test_an_interval_knows_of_sessions_and_not_of_queries(queries_each: int) -> None:
    found = bootstrap({"coin": coin_ratios(400, queries_each)}, seed=2).estimates("coin")

    # Of 400 fair coins the standard error is 0.025, however often each is counted.
    assert found["hit_rate"].high - found["hit_rate"].low == pytest.approx(
        2 * 1.96 * 0.025, rel=0.1
    )


def test_the_same_seed_gives_the_same_interval() -> None:
    ratios = {"coin": coin_ratios(50, 2)}
    first, again, other = (bootstrap(ratios, seed).drawn for seed in (3, 3, 4))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_ranking_differs_from_itself_in_no_resample() -> None:
    ratios = {"one": coin_ratios(50, 2), "other": coin_ratios(50, 2)}
    [*found] = bootstrap(ratios, seed=5).differences("one", "other").values()

    assert {(each.value, each.low, each.high) for each in found} == {(0.0, 0.0, 0.0)}


def test_queries_are_told_apart_by_place_length_age_and_shopper() -> None:
    past = [visit("p1", "ab", user="u1"), visit("p2", "c", day=20)]
    held_out = [visit("h1", "abx", day=22, user="u1"), visit("h2", "ca", day=22, user="u2")]
    facts = QueryFacts.of(split_of(past, held_out))

    assert {name: mask.tolist() for name, mask in facts.slices().items()} == {
        "second view of a session": [True, False, True],
        "session of 2 views": [False, False, True],
        "session of 3-5 views": [True, True, False],
        "product known 7-30 days": [True, False, True],
        "product never seen": [False, True, False],
        "returning shoppers": [True, True, False],
    }


def test_products_are_new_that_were_first_viewed_just_before_the_held_out_sessions() -> None:
    past = [visit("p1", "ab"), visit("p2", "c", day=18), visit("p3", "d", day=20)]
    # The second session is later, and what is new is still told from the start of the first.
    held_out = [visit("h1", "acd", day=22), visit("h2", "adx", day=25)]
    slices = QueryFacts.of(split_of(past, held_out)).slices()

    assert slices["product new in the 3 days before"].tolist() == [False, True, True, False]


def test_the_parts_of_the_queries_make_up_the_whole() -> None:
    past = [visit(f"p{number}", "abcd"[number % 3 :] + "ab", day=number) for number in range(9)]
    held_out = [visit("h1", "abc", day=20), visit("h2", "ba", day=21), visit("h3", "dd", day=21)]
    split = split_of(past, held_out)
    comparison = RankingComparison.of(
        split, list(measure_baselines(split)), {}, seed=1, resamples=20
    )

    assert (comparison.whole.queries, comparison.whole.sessions) == (4, 3)
    lengths = [found for name, found in comparison.slices.items() if "session of" in name]
    assert sum(found.queries for found in lengths) == 4
    hits = [
        found.queries * found.resampled.estimates("V-SKNN")["hit_rate"].value for found in lengths
    ]
    whole = comparison.whole.resampled.estimates("V-SKNN")["hit_rate"].value
    assert sum(hits) == pytest.approx(4 * whole)


def test_past_sessions_stand_by_their_last_view() -> None:
    late = [*visit("long", "a"), *visit("long", "b", day=3)]
    split = split_of([late, visit("short", "c", day=1)], [])

    assert split.past.sessions == [["c"], ["a", "b"]]


def test_first_views_are_foreseen_by_what_the_region_viewed() -> None:
    past = [visit(f"p{number}", "a" * 90) for number in range(5)]
    past += [in_region("cz", visit("cz", "b" * 400)), in_region("sk", visit("sk", "cb"))]
    held_out = [in_region("cz", visit("h1", "ba")), visit("h2", "ab"), visit("h3", "c")]
    split = split_of(past, held_out)
    popular = FirstClickPopularity.of(split.past)

    assert popular.ranking(None) == ["a", "b", "c"]
    assert popular.ranking("cz") == ["b", "a", "c"]
    # Two views of a region hardly weigh against the shop's.
    assert popular.ranking("sk") == ["a", "b", "c"]
    ranks = {each: popular.measure(held_out, regional=each) for each in (False, True)}
    assert [rank.given for rank in ranks[False]] == [2, 1, 3]
    assert [rank.given for rank in ranks[True]] == [1, 1, 3]
    found = RankingComparison.of(split, list(measure_baselines(split)), {}, seed=1, resamples=20)
    assert found.first_click.sessions == 3


def test_a_sample_is_seeded_in_order_and_of_sessions_with_a_view() -> None:
    sessions: list[Sequence[Event]] = [
        visit(f"s{number}", "ab" if number % 2 else "") for number in range(40)
    ]
    first, again, other = (sample_of(sessions, 8, seed) for seed in (1, 1, 2))

    assert first == again != other
    assert [sessions.index(events) for events in first] == sorted(map(sessions.index, first))
    assert all(len(events) == 2 for events in first)
    assert len(sample_of(sessions, None, 1)) == len(sample_of(sessions, 100, 1)) == 20
