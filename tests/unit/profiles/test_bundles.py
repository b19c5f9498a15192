"""What is kept of suggested bundles holds for no other rules, catalogue or generation."""

from pathlib import Path

import pytest

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.domain.identifiers import CategoryId, GenerationId, ProductId, Region
from personalization.domain.prior import PriorTable
from personalization.domain.profile import BundleSuggestion
from personalization.domain.session import Session
from personalization.merchandising.current_rules import FixedRules
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.profiles.builder import ProfileBuilder
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.rule import a_rule
from tests.builders.shops.small_shop import PRIORS, SmallShop, a_small_shop, ranked_by


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return a_small_shop(tmp_path)


def a_visit(shop: SmallShop, region: str | None = None) -> Session:
    event = an_event(region=None if region is None else Region(region))
    return take(Session.start(event), event, shop.catalogue.products(event.product_ids))[0]


def bundles(maker: ProfileBuilder, session: Session) -> tuple[BundleSuggestion, ...]:
    return maker.make(session, NOON).profile.bundled_discount_suggestions


def test_each_region_has_the_offers_of_its_own_rules(shop: SmallShop) -> None:
    offer = a_rule(RuleKind.OFFER, category_ids=(), percent=7, regions=(Region("cz"),))
    decider = shop.decider.with_rules(FixedRules(RuleBook((offer,)), version=1))
    maker = ProfileBuilder(decider)

    percents = [
        bundles(maker, a_visit(shop, region))[0].discount_percent
        for region in ("cz", "pl", "cz", None)
    ]

    assert percents == [7, 0, 7, 0]


def test_a_bundle_is_named_by_the_catalogue_of_now(shop: SmallShop) -> None:
    reasons = []
    for title in ("Blue shirt", "Red shirt"):
        shop.stored_catalogue.write_products(
            [
                a_product(
                    product_id=ProductId("shirt-1"), category_id=CategoryId("shirts"), title=title
                )
            ]
        )
        shop.catalogue.forget()
        reasons += [bundle.reason for bundle in bundles(shop.maker, a_visit(shop))]

    assert [reason.split(" by ")[0] for reason in reasons] == [
        "Bought together: with Blue shirt",
        "Bought together: with Red shirt",
    ]


def test_the_next_generation_has_its_own_bundles(shop: SmallShop) -> None:
    other = {
        (PriorTable.BUNDLES, "shirt-1"): ranked_by(**{"shirt_1+skirt_2": 1.0}),
        (PriorTable.BUNDLE_PRODUCTS, "shirt-1+skirt-2"): ranked_by(shirt_1=1.0, skirt_2=0.9),
    }
    before = bundles(shop.maker, a_visit(shop))

    following = GenerationId("generation-2")
    shop.priors.write_many(following, (PRIORS | other).items())
    shop.priors.register(a_generation(generation_id=following))
    shop.priors.promote(following)
    shop.active_priors.refresh()

    assert [bundle.product_ids for bundle in before] == [("shirt-1", "skirt-1")]
    after = bundles(shop.maker, a_visit(shop))
    assert [bundle.product_ids for bundle in after] == [("shirt-1", "skirt-2")]


def test_an_offer_holds_as_soon_as_the_last_product_of_a_bundle_is_there(shop: SmallShop) -> None:
    arrival = {
        (PriorTable.BUNDLES, "shirt-1"): ranked_by(**{"shirt_1+hat_1": 1.0}),
        (PriorTable.BUNDLE_PRODUCTS, "shirt-1+hat-1"): ranked_by(shirt_1=1.0, hat_1=0.9),
    }
    following = GenerationId("generation-2")
    shop.priors.write_many(following, (PRIORS | arrival).items())
    shop.priors.register(a_generation(generation_id=following))
    shop.priors.promote(following)
    shop.active_priors.refresh()
    offer = a_rule(RuleKind.OFFER, category_ids=(), percent=7)
    config = RankingConfig(rules=FixedRules(RuleBook((offer,)), version=1))
    cache = CatalogueCache(shop.stored_catalogue)
    policy = shop.decider._policy  # noqa: SLF001
    maker = ProfileBuilder(DecisionMaker(shop.active_priors, cache, policy, config))

    without = bundles(maker, a_visit(shop))
    shop.stored_catalogue.write_products([a_product(product_id=ProductId("hat-1"))])
    whole = bundles(maker, a_visit(shop))

    assert [bundle.discount_percent for bundle in (*without, *whole)] == [0, 7]
