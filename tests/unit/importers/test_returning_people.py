"""The two made-up shops of known people: tastes last in one, and in the other nothing does."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime

import pytest

from importers.generated.returning_people import LASTING, PASSING, ReturningPeoplePlan
from importers.held_out import HeldOutSessions
from importers.options import ImportOptions
from importers.rejection import RejectedRows
from importers.sink import ImportSink
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import UserId
from tests.builders.settable_clock import SettableClock
from tests.unit.importers.conftest import Shop
from tests.unit.importers.silent_progress import SilentProgress

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
PEOPLE = 60


def fill(shop: Shop, kind: str) -> ReturningPeoplePlan:
    """Fill the shop, nothing held out."""
    options = ImportOptions(storage=shop.storage, format=kind, clock=SettableClock(NOW))
    plan = ReturningPeoplePlan(options, people=PEOPLE)
    with (
        HeldOutSessions(shop.storage.held_out_file, None) as held_out,
        RejectedRows(shop.storage.home / "rejected.jsonl") as rejected,
    ):
        sink = ImportSink(shop.stores, held_out)
        plan.fill(sink, rejected, SilentProgress())
        sink.flush()
    return plan


def views_of_people(shop: Shop) -> dict[UserId, list[list[Event]]]:
    """Return each known person's views, visit by visit."""
    visits: defaultdict[UserId, defaultdict[str, list[Event]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for event in shop.events():
        if event.user_id is not None and event.type is EventType.PRODUCT_VIEW:
            visits[event.user_id][event.session_id].append(event)
    return {user: list(of.values()) for user, of in visits.items()}


def share_seen_again(shop: Shop, trait: str) -> float:
    """Return how many views are of what is the most frequent in the other visits of the person."""
    products = shop.products()
    again = asked = 0
    for visits in views_of_people(shop).values():
        seen = [
            [getattr(products[event.product_ids[0]], trait) for event in visit] for visit in visits
        ]
        whole = Counter(found for visit in seen for found in visit)
        for visit in seen:
            others = whole - Counter(visit)
            if others:
                again += visit.count(others.most_common(1)[0][0])
                asked += len(visit)
    return again / asked


def test_people_come_back_over_weeks_and_half_of_them_are_never_named(shop: Shop) -> None:
    plan = fill(shop, LASTING)
    events = shop.events()
    visits = views_of_people(shop)

    assert list(shop.stores.history.days())[-1] == date(2026, 6, 30)
    assert plan.boundary(None, SilentProgress()) == datetime(2026, 6, 19, tzinfo=UTC)
    assert len(visits) == PEOPLE / 2
    assert sum(map(len, visits.values())) > 6 * len(visits)
    named = {event.session_id for event in events if event.user_id is not None}
    anonymous = {event.session_id for event in events if event.user_id is None}
    assert not named & anonymous
    assert 0.7 < len(anonymous) / len(named) < 1.4


def test_what_goes_into_the_cart_names_a_variant_of_a_size(shop: Shop) -> None:
    fill(shop, LASTING)
    products = shop.products()
    added = [event for event in shop.events() if event.type is EventType.ADD_TO_CART]
    variants = [products[variant] for event in added for variant in event.variant_ids]

    assert len(variants) == len(added) > 0
    assert {variant.size for variant in variants} == {"XS", "S", "M", "L", "XL"}
    parents = [event.product_ids[0] for event in added]
    assert [variant.group_id for variant in variants] == parents
    assert {products[parent].group_id for parent in parents} == {None}


@pytest.mark.parametrize(
    ("kind", "trait", "least", "most"),
    [
        (LASTING, "category_id", 0.25, 1.0),
        (LASTING, "brand", 0.2, 1.0),
        (PASSING, "category_id", 0.0, 0.12),
        (PASSING, "brand", 0.0, 0.15),
    ],
)
def test_tastes_last_in_one_shop_and_in_the_other_none_does(
    shop: Shop, kind: str, trait: str, least: float, most: float
) -> None:
    fill(shop, kind)
    assert least < share_seen_again(shop, trait) < most


def test_the_same_seed_makes_the_same_shop(shop: Shop) -> None:
    fill(shop, LASTING)
    first = shop.events(), shop.products()
    fill(shop, LASTING)

    assert (shop.events(), shop.products()) == first
