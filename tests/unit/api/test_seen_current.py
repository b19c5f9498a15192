"""What was found current in one profile is not compared again, until shop or rules change."""

from dataclasses import replace
from pathlib import Path

from api.profiles.profile_cache import CachedProfile
from api.profiles.redaction import ProfileRedaction
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.codec.json_codec import PROFILE
from personalization.domain.identifiers import ProductId
from personalization.domain.privacy.small_counts import ALL_COUNTS
from personalization.domain.profile import Profile
from personalization.domain.session import Session
from personalization.merchandising.current_rules import CurrentRules, FixedRules
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import encode_rules
from personalization.merchandising.visible_lists import VisibleLists
from personalization.ports.plan_store import RULES
from personalization.profiles.builder import ProfileBuilder, stored_profile
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.plan_store import a_plan_store
from tests.builders.rule import a_rule
from tests.builders.settable_clock import SettableClock
from tests.builders.shops.small_shop import a_small_shop

OFFER = a_rule(RuleKind.OFFER, category_ids=(), percent=10)


class ShownShop:
    """A small shop with an offer, and the profile that was made under it."""

    def __init__(self, folder: Path) -> None:
        self.shop = a_small_shop(folder)
        self.plans = a_plan_store(folder)
        self.set_rules(OFFER)
        self.store = self.shop.stored_catalogue
        self.catalogue = CatalogueCache(self.store, SettableClock(), look_seconds=0.0)
        rules = CurrentRules(self.plans, 0.0)
        self.redaction = ProfileRedaction(
            lambda now, region: VisibleLists(
                self.shop.active_priors, self.catalogue, rules.at(now, region).rules
            ),
            rules,
            SettableClock(),
            self.catalogue,
            ALL_COUNTS,
        )
        self.catalogue.refresh()

    def set_rules(self, *rules: MerchandisingRule) -> None:
        newest = self.plans.read(RULES)
        after = 0 if newest is None else newest.version
        self.plans.write(RULES, encode_rules(RuleBook(rules)), after=after)

    def profile(self) -> Profile:
        event = an_event()
        products = self.shop.catalogue.products(event.product_ids)
        session = take(Session.start(event), event, products)[0]
        decider = self.shop.decider.with_rules(FixedRules(RuleBook((OFFER,)), version=1))
        return ProfileBuilder(decider).make(session, NOON).profile

    def show(self, profile: Profile) -> CachedProfile:
        return self.redaction.redact(stored_profile(profile))


def test_a_product_seen_current_is_repriced_after_an_import(tmp_path: Path) -> None:
    shown = ShownShop(tmp_path)
    profile = shown.profile()
    assert shown.show(profile).body == shown.show(profile).body == PROFILE.encode(profile)
    first = ProductId(profile.score_data.products[0].product_id)
    product = shown.catalogue.products([first])[first]

    shown.store.write_products([replace(product, price=0.25)])
    shown.catalogue.refresh()

    assert PROFILE.decode(shown.show(profile).body).score_data.products[0].price == 0.25


def test_a_bundle_seen_offered_loses_its_saving_with_the_offer(tmp_path: Path) -> None:
    shown = ShownShop(tmp_path)
    profile = shown.profile()
    assert shown.show(profile).body == shown.show(profile).body == PROFILE.encode(profile)
    assert profile.bundled_discount_suggestions[0].discount_percent == 10

    shown.set_rules()

    [bundle] = PROFILE.decode(shown.show(profile).body).bundled_discount_suggestions
    assert (bundle.discount_percent, bundle.offer) == (0, None)
    shown.set_rules(OFFER)
    assert shown.show(profile).body == PROFILE.encode(profile)


def test_what_was_seen_says_nothing_of_another_profile(tmp_path: Path) -> None:
    shown = ShownShop(tmp_path)
    profile = shown.profile()
    shown.show(profile)
    scores = profile.score_data
    dearer = replace(scores.products[0], price=99.0)
    former = replace(profile, score_data=replace(scores, products=(dearer, *scores.products[1:])))

    for _ in range(2):
        body = shown.show(former).body
        assert PROFILE.decode(body).score_data.products[0].price == scores.products[0].price
