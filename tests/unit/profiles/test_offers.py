"""A bundle shows a saving only where the shop has promised one."""

from typing import Any

import msgspec
import pytest

from api.profiles.profile_cache import PROFILE_STAMP
from personalization.codec.json_codec import PROFILE
from personalization.decisions.former_records import decode_served
from personalization.domain.identifiers import CategoryId, RuleId
from personalization.domain.profile import BundleSuggestion, Profile
from personalization.domain.session import Session
from personalization.merchandising.current_rules import FixedRules
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.visible_lists import VisibleLists
from personalization.profiles.builder import ProfileBuilder
from personalization.profiles.redaction import with_offers_of_now
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.rule import a_rule
from tests.builders.shops.small_shop import SmallShop, a_small_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Return a shop with one bundle: a shirt and a skirt."""
    return a_small_shop(tmp_path_factory.mktemp("shop"))


def profile_under(shop: SmallShop, *rules: MerchandisingRule) -> Profile:
    event = an_event()
    session = take(Session.start(event), event, shop.catalogue.products(event.product_ids))[0]
    decider = shop.decider.with_rules(FixedRules(RuleBook(rules), version=1))
    return ProfileBuilder(decider).make(session, NOON).profile


def bundle_under(shop: SmallShop, *rules: MerchandisingRule) -> BundleSuggestion:
    [bundle] = profile_under(shop, *rules).bundled_discount_suggestions
    return bundle


def lists_under(shop: SmallShop, *rules: MerchandisingRule) -> VisibleLists:
    in_force = FixedRules(RuleBook(rules)).at(NOON, None).rules
    return VisibleLists(shop.active_priors, shop.catalogue, in_force)


def test_without_an_offer_there_is_no_saving(shop: SmallShop) -> None:
    bundle = bundle_under(shop)

    assert (bundle.discount_percent, bundle.offer) == (0, None)
    assert bundle.reason.startswith("Bought together: with Shirt 1 by 5 shoppers, ")


@pytest.mark.parametrize(
    ("rule", "percent"),
    [
        (a_rule(RuleKind.OFFER, category_ids=(), percent=7), 7),
        (a_rule(RuleKind.OFFER, "shirt-1", "skirt-1", percent=8), 8),
        (a_rule(RuleKind.OFFER, "skirt-1", category_ids=(CategoryId("shirts"),), percent=9), 9),
        (a_rule(RuleKind.OFFER, "shirt-1", percent=8), 0),
        (a_rule(RuleKind.OFFER, category_ids=(CategoryId("skirts"),), percent=8), 0),
        (a_rule(RuleKind.OFFER, category_ids=(), percent=8, ends_at=NOON), 0),
    ],
    ids=["any bundle", "its products", "by both", "one of them", "one category", "over"],
)
def test_an_offer_holds_for_what_it_covers_whole(
    shop: SmallShop, rule: MerchandisingRule, percent: int
) -> None:
    assert bundle_under(shop, rule).discount_percent == percent


def test_the_largest_offer_counts_and_is_named(shop: SmallShop) -> None:
    small = a_rule(RuleKind.OFFER, category_ids=(), rule_id=RuleId("small"), percent=5)
    large = a_rule(RuleKind.OFFER, category_ids=(), rule_id=RuleId("large"), percent=25)

    bundle = bundle_under(shop, small, large)

    assert bundle.discount_percent == 25
    assert bundle.offer is not None
    assert (bundle.offer.rule_id, bundle.offer.reason) == (RuleId("large"), "a test")
    price = bundle.offer.price
    assert price is not None
    assert (price.before, price.after, price.saving) == (7900, 5925, 1975)
    assert [line.after for line in price.lines] == [2962, 2963]


def test_an_offer_that_is_over_leaves_profiles_that_were_made_before(shop: SmallShop) -> None:
    offer = a_rule(RuleKind.OFFER, category_ids=(), percent=10)
    body = PROFILE.encode(profile_under(shop, offer))

    same, unchanged = with_offers_of_now(body, lists_under(shop, offer))
    without, changed = with_offers_of_now(body, lists_under(shop))

    assert (same, unchanged) == (body, frozenset())
    assert changed
    [bundle] = decode_served(without).bundled_discount_suggestions
    assert (bundle.discount_percent, bundle.offer) == (0, None)


def test_a_saving_of_an_earlier_release_is_read_and_not_shown(shop: SmallShop) -> None:
    kept: dict[str, Any] = msgspec.json.decode(PROFILE.encode(profile_under(shop)))
    [bundle] = kept["bundled_discount_suggestions"]
    bundle["discount_percent"] = 5
    del bundle["offer"]
    former = msgspec.json.encode(kept)

    assert decode_served(former).bundled_discount_suggestions[0].discount_percent == 5
    shown, _ = with_offers_of_now(former, lists_under(shop))
    assert decode_served(shown).bundled_discount_suggestions[0].discount_percent == 0


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (a_rule(RuleKind.OFFER, category_ids=(), percent=20),),
        (a_rule(RuleKind.OFFER, category_ids=(), percent=10, rule_id=RuleId("another")),),
        (a_rule(RuleKind.OFFER, category_ids=(), percent=10, reason="other words"),),
    ],
    ids=["over", "larger", "of another rule", "in other words"],
)
def test_a_profile_is_looked_into_where_its_offer_is_not_that_of_now(
    shop: SmallShop, rules: tuple[MerchandisingRule, ...]
) -> None:
    offer = a_rule(RuleKind.OFFER, category_ids=(), percent=10)
    body = PROFILE.encode(profile_under(shop, offer))
    [shown] = PROFILE_STAMP.decode(body).bundled_discount_suggestions

    assert shown.is_current(lists_under(shop, offer))
    assert not shown.is_current(lists_under(shop, *rules))
    assert with_offers_of_now(body, lists_under(shop, *rules))[0] != body


def test_a_bundle_without_a_saving_waits_for_the_next_decision(shop: SmallShop) -> None:
    [shown] = PROFILE_STAMP.decode(PROFILE.encode(profile_under(shop))).bundled_discount_suggestions

    assert shown.is_current(lists_under(shop, a_rule(RuleKind.OFFER, category_ids=(), percent=10)))
