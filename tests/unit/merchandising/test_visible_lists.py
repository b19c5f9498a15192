"""A list that is kept without what is hidden holds only as long as the same is hidden."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.domain.identifiers import CategoryId, GenerationId, ProductId, Region
from personalization.domain.prior import GLOBAL_SCOPE, PriorKey, PriorTable
from personalization.merchandising.current_rules import FixedRules
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.rule import a_rule
from tests.builders.shops.small_shop import PRIORS, SHIRTS, SmallShop, a_small_shop, ranked_by

POPULAR: PriorKey = (PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE)
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return a_small_shop(tmp_path)


def a_decider(shop: SmallShop, cache: CatalogueCache, *rules: MerchandisingRule) -> DecisionMaker:
    config = RankingConfig(rules=FixedRules(RuleBook(rules), version=1))
    return DecisionMaker(shop.active_priors, cache, shop.decider._policy, config)  # noqa: SLF001


def popular(decider: DecisionMaker, moment: datetime = NOON, region: str | None = None) -> set[str]:
    place = None if region is None else Region(region)
    return set(decider.pin(moment, place).visible.member_ids(POPULAR))


def test_a_product_leaves_a_list_when_it_is_retired_and_was_there_before(shop: SmallShop) -> None:
    shop.stored_catalogue.write_products(
        [
            a_product(product_id=ProductId("shirt-1"), retired_at=NOON - HOUR),
            a_product(product_id=ProductId("shirt-2"), retired_at=NOON + HOUR),
        ]
    )
    cache = CatalogueCache(shop.stored_catalogue, look_seconds=0.0)
    decider = a_decider(shop, cache)

    moments = [NOON, NOON + HOUR, NOON - 2 * HOUR, NOON + HOUR / 2]
    gone = [set(SHIRTS) - popular(decider, moment) for moment in moments]

    assert gone == [{"shirt-1"}, {"shirt-1", "shirt-2"}, set(), {"shirt-1"}]


def test_a_product_that_arrives_in_a_hidden_category_leaves_the_list(shop: SmallShop) -> None:
    following = GenerationId("generation-2")
    lists = {POPULAR: ranked_by(shirt_1=1.0, hat_1=0.5)}
    shop.priors.write_many(following, (PRIORS | lists).items())
    shop.priors.register(a_generation(generation_id=following))
    shop.priors.promote(following)
    shop.active_priors.refresh()
    hats = CategoryId("hats")
    hidden = a_rule(RuleKind.EXCLUDE, category_ids=(hats,))
    decider = a_decider(shop, CatalogueCache(shop.stored_catalogue), hidden)

    before = popular(decider)
    hat = a_product(product_id=ProductId("hat-1"), category_id=hats)
    shop.stored_catalogue.write_products([hat])

    assert (before, popular(decider)) == ({"shirt-1", "hat-1"}, {"shirt-1"})


def test_each_region_has_its_own_lists_and_the_next_generation_too(shop: SmallShop) -> None:
    rules = (
        a_rule(RuleKind.OUT_OF_STOCK, "shirt-2", regions=(Region("cz"),)),
        a_rule(RuleKind.OUT_OF_STOCK, "shirt-3"),
    )
    decider = a_decider(shop, shop.catalogue, *rules)
    assert set(SHIRTS) - popular(decider, region="cz") == {"shirt-2", "shirt-3"}
    assert set(SHIRTS) - popular(decider, region="pl") == {"shirt-3"}

    following = GenerationId("generation-2")
    shop.priors.write_many(following, [(POPULAR, ranked_by(shirt_1=1.0, shirt_3=0.5))])
    shop.priors.register(a_generation(generation_id=following))
    shop.priors.promote(following)
    shop.active_priors.refresh()

    assert popular(decider, region="cz") == {"shirt-1"}
