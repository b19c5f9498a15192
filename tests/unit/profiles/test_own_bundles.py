"""What the shop puts together is a bundle, though nobody has ever bought it so."""

from decimal import Decimal

import pytest

from personalization.codec.json_codec import PROFILE
from personalization.decisions.former_records import decode_served
from personalization.domain.identifiers import CategoryId, ProductId, RuleId
from personalization.domain.privacy.small_counts import ALL_COUNTS
from personalization.domain.profile import BundleSuggestion
from personalization.explanations.bundles import explain_bundle
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.profiles.redaction import with_offers_of_now
from tests.builders.rule import a_rule
from tests.builders.shops.small_shop import SmallShop, a_small_shop
from tests.unit.profiles.test_offers import lists_under, profile_under

TOGETHER = "shirt-1+skirt-1"
"""What shoppers bought together."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    return a_small_shop(tmp_path_factory.mktemp("shop"))


def bundles_under(shop: SmallShop, *rules: MerchandisingRule) -> list[BundleSuggestion]:
    return list(profile_under(shop, *rules).bundled_discount_suggestions)


def a_set(*products: str, rule_id: str = "set", **overrides: object) -> MerchandisingRule:
    """Return the offer of products for 50.00 USD; each costs 39.50."""
    fields = {"percent": None, "price": Decimal(50), "currency": "USD"} | overrides
    return a_rule(RuleKind.OFFER, *products, rule_id=RuleId(rule_id), **fields)


def test_a_set_stands_first_with_its_price_and_keeps_its_id(shop: SmallShop) -> None:
    offered, together = bundles_under(shop, a_set("skirt-2", "shirt-3"))
    assert offered.bundle_id == "offer:set:skirt-2+shirt-3"
    assert offered.product_ids == ("skirt-2", "shirt-3")
    assert offered.offer is not None
    assert offered.offer.price is not None
    assert (offered.offer.price.before, offered.offer.price.after) == (7900, 5000)
    assert offered.discount_percent == 36
    assert (together.bundle_id, together.offer) == (TOGETHER, None)
    assert bundles_under(shop, a_set("skirt-2", "shirt-3"))[0] == offered


def test_a_percentage_off_named_products_makes_a_bundle_as_well(shop: SmallShop) -> None:
    [offered, _] = bundles_under(shop, a_rule(RuleKind.OFFER, "skirt-2", "shirt-3", percent=20))
    assert (offered.product_ids, offered.discount_percent) == (("skirt-2", "shirt-3"), 20)


def test_what_is_bought_together_and_offered_so_is_there_once(shop: SmallShop) -> None:
    [offered] = bundles_under(shop, a_set("skirt-1", "shirt-1"))
    assert offered.bundle_id == "offer:set:skirt-1+shirt-1"


def test_a_price_is_for_all_of_its_products(shop: SmallShop) -> None:
    rule = a_set("shirt-1", "skirt-1", "skirt-2", price=Decimal(60))
    offered, together = bundles_under(shop, rule)
    assert len(offered.product_ids) == 3
    assert (together.product_ids, together.offer) == (("shirt-1", "skirt-1"), None)


def test_any_shirt_with_any_skirt_is_the_best_of_each(shop: SmallShop) -> None:
    both = (CategoryId("shirts"), CategoryId("skirts"))
    bundles = bundles_under(shop, a_set(category_ids=both))
    assert all(bundle.offer is not None for bundle in bundles)
    assert {bundle.product_ids[0].split("-")[0] for bundle in bundles} == {"shirt"}
    assert {bundle.product_ids[1].split("-")[0] for bundle in bundles} == {"skirt"}
    two_shirts = lists_under(shop, a_set(category_ids=both)).offer_for(
        [ProductId("shirt-1"), ProductId("shirt-2")]
    )
    assert two_shirts is None


@pytest.mark.parametrize(
    "others",
    [
        [a_rule(RuleKind.OUT_OF_STOCK, "skirt-2")],
        [a_rule(RuleKind.EXCLUDE, category_ids=(CategoryId("skirts"),))],
    ],
    ids=["sold out", "excluded"],
)
def test_a_set_with_a_hidden_product_is_not_shown(
    shop: SmallShop, others: list[MerchandisingRule]
) -> None:
    bundles = bundles_under(shop, a_set("skirt-2", "shirt-3"), *others)
    assert all(bundle.bundle_id == TOGETHER for bundle in bundles)


@pytest.mark.parametrize(
    "rule",
    [
        a_set("skirt-2", "shirt-3", price=Decimal(79)),
        a_set("skirt-2", "shirt-3", currency="EUR"),
        a_set("skirt-2", "never-heard-of"),
    ],
    ids=["saves nothing", "other money", "unknown product"],
)
def test_what_cannot_be_offered_is_not_shown(shop: SmallShop, rule: MerchandisingRule) -> None:
    assert [bundle.bundle_id for bundle in bundles_under(shop, rule)] == [TOGETHER]


def test_a_set_that_is_over_leaves_older_profiles_whole(shop: SmallShop) -> None:
    rule = a_set("skirt-2", "shirt-3")
    body = PROFILE.encode(profile_under(shop, rule))
    assert with_offers_of_now(body, lists_under(shop, rule)) == (body, frozenset())
    without, changed = with_offers_of_now(body, lists_under(shop))
    assert changed
    [left] = decode_served(without).bundled_discount_suggestions
    assert left.bundle_id == TOGETHER


def test_an_explanation_says_what_the_profile_says(shop: SmallShop) -> None:
    offered, together = bundles_under(shop, a_set("skirt-2", "shirt-3", price=Decimal("49.99")))
    explained = explain_bundle(offered, ALL_COUNTS)
    assert offered.offer is not None
    assert explained.price == offered.offer.price
    assert explained.rule_id == "set"
    assert explained.sentence == (
        "Put together by the shop. Offered by the shop (set: a test): 49.99 USD instead of 79.00, "
        "which saves 29.01: skirt-2 24.99, shirt-3 25.00."
    )
    assert explain_bundle(together, ALL_COUNTS).sentence == f"{together.reason}."
