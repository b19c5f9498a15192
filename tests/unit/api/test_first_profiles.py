"""What a first visitor gets while the priors are away."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from api.profiles.first_profiles import FirstProfiles
from personalization.adapters.vowpal.policy import VowpalPolicy
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import Region, SessionId
from personalization.domain.prior import OF_VIEWED_PRODUCTS
from personalization.domain.session import Session
from tests.builders.moments import NOON
from tests.builders.shops.first_decisions import first_decisions_of
from tests.builders.shops.small_shop import SmallShop, a_small_shop


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return a_small_shop(tmp_path)


def makes(shop: SmallShop) -> FirstProfiles:
    policy = VowpalPolicy(shop.models)
    read_ahead = partial(shop.active_priors.read_ahead, without=OF_VIEWED_PRODUCTS)
    return FirstProfiles(first_decisions_of(shop), policy, 60, read_ahead)


def a_visitor_of(region: str) -> Session:
    return Session(
        session_id=SessionId("0" * 8),
        started_at=NOON,
        watermark=NOON,
        region=Region(region),
    )


def products(first: FirstProfiles, region: str) -> list[str]:
    record, _ = first.make(a_visitor_of(region), datetime.now(UTC))
    return [product.product_id for product in record.profile.score_data.products]


def test_without_the_priors_a_visitor_of_an_unread_region_gets_those_of_no_region(
    shop: SmallShop,
) -> None:
    first = makes(shop)
    everywhere = products(first, "no-such-region")
    shop.priors.away = True

    assert products(first, "cz") == everywhere


def test_what_was_read_ahead_serves_every_region_without_the_priors(shop: SmallShop) -> None:
    first = makes(shop)
    first.warm()
    shop.priors.away = True

    record, _ = first.make(a_visitor_of("cz"), datetime.now(UTC))

    # The visitor of no region, whom it would fall back to, has none.
    assert record.decision.context.region == "cz"


def test_a_region_that_was_read_before_keeps_its_own_priors_without_the_store(
    shop: SmallShop,
) -> None:
    first = makes(shop)
    before = products(first, "cz")
    shop.priors.away = True

    assert products(first, "cz") == before


def test_without_anything_read_ahead_there_is_nothing_to_make_a_profile_of(
    shop: SmallShop,
) -> None:
    first = makes(shop)
    shop.priors.away = True
    first.warm()

    with pytest.raises(StoreUnavailableError):
        products(first, "cz")
