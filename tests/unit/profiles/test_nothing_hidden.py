"""Whatever a shop writes, nothing that is not offered to a visitor is in what this one is shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from api.profiles.redaction import ProfileRedaction
from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.codec.json_codec import PROFILE
from personalization.decisions.decision_maker import DecisionMaker
from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.domain.prior import GLOBAL_SCOPE, PriorKey, PriorTable
from personalization.domain.privacy.small_counts import ALL_COUNTS
from personalization.domain.product import Availability, Product
from personalization.domain.profile import Profile
from personalization.domain.session import Session
from personalization.merchandising.current_rules import CurrentRules
from personalization.profiles.builder import ProfileBuilder, stored_profile
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.settable_clock import SettableClock
from tests.builders.shops.small_shop import SHIRTS, SKIRTS, SmallShop, a_small_shop

IDS = (*SHIRTS, *SKIRTS)
HOUR = timedelta(hours=1)
REGIONS = (None, Region("pl"), Region("de"))
LISTS: tuple[PriorKey, ...] = (
    (PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE),
    (PriorTable.PRODUCT_AFFINITY, "shirt-1"),
)
STEPS = 60


class ChangingShop:
    """A small shop that anything may be written to, and those who show its products."""

    def __init__(self, shop: SmallShop, plans: SqlitePlanStore, seed: int) -> None:
        self.store = shop.stored_catalogue
        self.chance = Random(seed)
        self.clock = SettableClock()
        self.cache = cache = CatalogueCache(self.store, self.clock, look_seconds=0.0)
        policy = shop.decider._policy  # noqa: SLF001 - the shop's own
        self.decider = DecisionMaker(shop.active_priors, cache, policy, shop.decider.config)
        self.maker = ProfileBuilder(self.decider)
        self.redaction = ProfileRedaction(
            self.decider.visible_lists, CurrentRules(plans, 0.0), self.clock, cache, ALL_COUNTS
        )
        self.kept: list[Profile] = []

    def write(self) -> None:
        chosen = self.chance.sample(IDS, self.chance.randint(1, 3))
        self.store.write_products([self.product(ProductId(name)) for name in chosen])
        # As the API does twice a second.
        self.cache.refresh()

    def product(self, product_id: ProductId) -> Product:
        chance = self.chance

        def moment() -> datetime | None:
            return chance.choice((None, None, NOON + chance.randint(-3, 3) * HOUR))

        fields: dict[str, Any] = {
            "availability": chance.choice((Availability.IN_STOCK, *Availability)),
            "stock": chance.choice((None, None, 0, 1, 2)),
            "available_from": moment(),
            "available_until": moment(),
            "retired_at": chance.choice((None, None, moment())),
            "markets": chance.choice(((), (), ("pl",), ("de", "pl"))),
            "group_id": chance.choice((None, None, None, ProductId("shirt-1"))),
            "price": float(chance.randint(1, 9)),
        }
        if product_id == "shirt-1":
            fields["group_id"] = None
        category = CategoryId(product_id.split("-")[0] + "s")
        return a_product(product_id=product_id, category_id=category, **fields)

    def show(self) -> None:
        """Make a page, or show one of before; look at all that it says."""
        moment = NOON + self.chance.randint(-4, 4) * HOUR / 2
        self.clock.advance(moment - self.clock.now())
        now, region = self.clock.now(), self.chance.choice(REGIONS)
        if not self.kept or self.chance.random() < 0.5:
            self.kept.append(self.make(now, region))
            self.check(self.kept[-1], now, region)
        former = self.chance.choice(self.kept)
        body = self.redaction.redact(stored_profile(former)).body
        self.check(PROFILE.decode(body), now, former.region)
        visible = self.decider.pin(now, region).visible
        for key in LISTS:
            self.check_products(visible.member_ids(key), now, region)

    def make(self, now: datetime, region: Region | None) -> Profile:
        event = an_event(
            product_ids=(ProductId(self.chance.choice(IDS)),), occurred_at=now, received_at=now
        )
        products = self.store.read_products(event.product_ids)
        session = replace(take(Session.start(event), event, products)[0], region=region)
        return self.maker.make(session, now).profile

    def check(self, profile: Profile, now: datetime, region: str | None) -> None:
        slate = [slot.product_id for slot in profile.slate]
        listed = [product.product_id for product in profile.score_data.products]
        trending = [product.product_id for product in profile.trending_recommendations]
        bundled = [
            product_id
            for bundle in profile.bundled_discount_suggestions
            for product_id in bundle.product_ids
        ]
        for products in (slate, listed, trending):
            assert len(set(products)) == len(products)
        shown = [*slate, *listed, *trending, *bundled, *profile.recent_products]
        self.check_products(shown, now, region)
        known = self.store.read_products(listed)
        for product in profile.score_data.products:
            assert product.price == known[product.product_id].price

    def check_products(self, shown: Any, now: datetime, region: str | None) -> None:
        known = self.store.read_products([ProductId(name) for name in dict.fromkeys(shown)])
        hidden = [name for name in known if not known[name].is_shown(now, region)]
        assert not hidden


@contextmanager
def a_changing_shop(folder: Path, seed: int) -> Iterator[ChangingShop]:
    yield ChangingShop(a_small_shop(folder), SqlitePlanStore(folder / "plans.sqlite", 0), seed)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_shown_that_is_not_offered(seed: int) -> None:
    with TemporaryDirectory() as folder, a_changing_shop(Path(folder), seed) as shop:
        for _ in range(STEPS):
            if shop.chance.random() < 0.5:
                shop.write()
            shop.show()
