"""The made-up shop has what it plants."""

from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from importers.generated.shop import GeneratedPlan
from importers.held_out import HeldOutSessions
from importers.options import ImportOptions
from importers.rejection import RejectedRows
from importers.sink import ImportSink
from personalization.domain.event import EventType
from tests.builders.settable_clock import SettableClock
from tests.unit.importers.conftest import Shop
from tests.unit.importers.silent_progress import SilentProgress


def generate(shop: Shop, seed: int = 7) -> ImportSink:
    """Fill the shop, nothing held out."""
    moment = datetime(2025, 5, 20, 12, tzinfo=UTC)
    options = ImportOptions(storage=shop.storage, seed=seed, clock=SettableClock(moment))
    with (
        HeldOutSessions(shop.storage.held_out_file, None) as held_out,
        RejectedRows(shop.storage.home / "rejected.jsonl") as rejected,
    ):
        sink = ImportSink(shop.stores, held_out)
        GeneratedPlan(options, "of a test").fill(sink, rejected, SilentProgress())
        sink.flush()
    return sink


def test_sixty_days_end_yesterday_and_the_newest_six_are_held_back(shop: Shop) -> None:
    generate(shop)
    days = list(shop.stores.history.days())
    assert (days[0], days[-1], len(days)) == (date(2025, 3, 21), date(2025, 5, 19), 60)
    moment = datetime(2025, 5, 20, 12, tzinfo=UTC)
    plan = GeneratedPlan(ImportOptions(clock=SettableClock(moment)), "of a test")
    assert plan.boundary(None, SilentProgress()) == datetime(2025, 5, 14, tzinfo=UTC)


def test_the_same_seed_gives_the_same_shop_and_another_seed_another(shop: Shop) -> None:
    generate(shop)
    first = shop.events(), shop.products()
    generate(shop)
    assert (shop.events(), shop.products()) == first
    generate(shop, seed=8)
    assert shop.products() != first[1]


def test_every_kind_of_behaviour_is_there(shop: Shop) -> None:
    sink = generate(shop)
    assert sink.sessions == 1500
    assert sink.products == 120
    assert sink.categories == 8
    kinds = sink.events_by_type
    assert kinds[EventType.PRODUCT_VIEW] > 5 * kinds[EventType.ADD_TO_CART] > 0
    assert kinds[EventType.ADD_TO_CART] > kinds[EventType.CHECKOUT] > 300
    ratings = [product.rating for product in shop.products().values()]
    assert ratings.count(None) in range(3, 30)
    assert all(1 <= rating <= 5 for rating in ratings if rating is not None)


def test_views_go_along_companions_far_more_often_than_by_chance(shop: Shop) -> None:
    generate(shop)
    views = [event for event in shop.events() if event.type is EventType.PRODUCT_VIEW]
    by_session: dict[str, list[str]] = {}
    for view in views:
        by_session.setdefault(view.session_id, []).append(view.product_ids[0])
    steps = Counter(pair for seen in by_session.values() for pair in pairwise(seen))
    onward: dict[str, Counter[str]] = {}
    for (step, other), count in steps.items():
        onward.setdefault(step, Counter())[other] += count
    frequent = [counts for counts in onward.values() if counts.total() >= 50]
    shares = [
        sum(count for _, count in counts.most_common(3)) / counts.total() for counts in frequent
    ]
    assert len(frequent) > 30
    assert min(shares) > 3 * 3 / 120
    assert sum(shares) / len(shares) > 0.5


@pytest.mark.parametrize(("region", "favourite"), [("pl", "dresses"), ("de", "coats")])
def test_a_region_looks_at_its_favourite_most_of_all_against_the_others(
    shop: Shop, region: str, favourite: str
) -> None:
    generate(shop)
    here: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    for event in shop.events():
        if event.type is EventType.CATEGORY_VIEW and event.category_id is not None:
            (here if event.region == region else elsewhere)[event.category_id] += 1
    lifts = {
        name: here[name] / here.total() / (elsewhere[name] / elsewhere.total())
        for name in elsewhere
    }
    assert max(lifts, key=lambda name: lifts[name]) == favourite


def test_bought_together_comes_from_partners(shop: Shop) -> None:
    generate(shop)
    together: Counter[tuple[str, str]] = Counter()
    for event in shop.events():
        if event.type is EventType.CHECKOUT:
            bought = sorted(event.product_ids)
            together.update((a, b) for place, a in enumerate(bought) for b in bought[place + 1 :])
    (first, second), count = together.most_common(1)[0]
    assert count >= 5
    assert abs(int(first[2:]) - int(second[2:])) in {15, 105}


def test_nobody_sees_a_product_before_it_is_on_sale(shop: Shop) -> None:
    generate(shop)
    products = shop.products()
    days = {product.listed_on for product in products.values()}
    assert len(days) > 1
    for event in shop.events():
        if event.type is EventType.PRODUCT_VIEW:
            listed_on = products[event.product_ids[0]].listed_on
            assert listed_on is not None
            assert listed_on <= event.occurred_at.date()
