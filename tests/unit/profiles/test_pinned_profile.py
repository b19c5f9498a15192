"""A profile is made of what its decision was made of, whatever is replaced in between."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.decisions.pinned import Pinned
from personalization.domain.decision import Decision
from personalization.domain.identifiers import GenerationId, Region
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable
from personalization.domain.session import Session
from personalization.merchandising.current_rules import Applied, CurrentRules
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import encode_rules
from personalization.ports.plan_store import RULES
from personalization.priors.active_priors import ActivePriors
from personalization.profiles.builder import ProfileBuilder
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.rule import a_rule
from tests.builders.shops.small_shop import SmallShop, a_small_shop, ranked_by

NEXT = GenerationId("generation-2")


class OvertakenDecider(DecisionMaker):
    """Something happens between the decision and its profile."""

    meanwhile: Callable[[], object]

    def decide(self, session: Session, now: datetime, pinned: Pinned | None = None) -> Decision:
        decision = super().decide(session, now, pinned)
        self.meanwhile()
        return decision


def after_a_view(shop: SmallShop) -> Session:
    event = an_event()
    return take(Session.start(event), event, shop.catalogue.products(event.product_ids))[0]


def an_overtaken_decider(
    shop: SmallShop, priors: ActivePriors, rules: CurrentRules, meanwhile: Callable[[], object]
) -> OvertakenDecider:
    plan = replace(RankingConfig(), rules=rules)
    decider = OvertakenDecider(priors, shop.catalogue, shop.decider._policy, plan)  # noqa: SLF001
    decider.meanwhile = meanwhile
    return decider


def test_lists_of_the_next_generation_wait_for_the_next_decision(tmp_path: Path) -> None:
    shop, plans = a_small_shop(tmp_path), SqlitePlanStore(tmp_path / "plans.sqlite", 0)
    priors = ActivePriors(shop.priors)

    def promote() -> None:
        trending = ((PriorTable.TRENDING, GLOBAL_SCOPE), ranked_by(shirt_3=1.0))
        shop.priors.write_many(NEXT, [trending])
        shop.priors.register(a_generation(generation_id=NEXT))
        shop.priors.promote(NEXT)
        priors.refresh()

    decider = an_overtaken_decider(shop, priors, CurrentRules(plans, 0.0), promote)
    usual = ProfileBuilder(shop.decider).make(after_a_view(shop), NOON).profile

    profile = ProfileBuilder(decider).make(after_a_view(shop), NOON).profile

    assert priors.generation().generation_id == NEXT
    assert profile.generation_id == usual.generation_id != NEXT
    assert profile.trending_recommendations == usual.trending_recommendations
    assert profile.bundled_discount_suggestions == usual.bundled_discount_suggestions != ()


def test_a_trend_is_said_with_its_shoppers(tmp_path: Path) -> None:
    shop = a_small_shop(tmp_path)
    profile = ProfileBuilder(shop.decider).make(after_a_view(shop), NOON).profile
    [trend] = profile.trending_recommendations
    assert re.fullmatch(r"\d+ shoppers lately, \d\.\d times the interest .*", trend.reason)


def test_rules_written_in_between_wait_for_the_next_decision(tmp_path: Path) -> None:
    shop, plans = a_small_shop(tmp_path), SqlitePlanStore(tmp_path / "plans.sqlite", 0)
    rules = CurrentRules(plans, 0.0)

    def hide() -> None:
        book = RuleBook((a_rule(RuleKind.OUT_OF_STOCK, "skirt-1", "skirt-2"),))
        if plans.read(RULES) is None:
            plans.write(RULES, encode_rules(book), 0)
        rules.refresh()

    decider = an_overtaken_decider(shop, shop.active_priors, rules, hide)
    maker = ProfileBuilder(decider)

    first, second = (maker.make(after_a_view(shop), NOON).profile for _ in range(2))

    assert (first.rules_version, second.rules_version) == (0, 1)
    assert [product.product_id for product in first.trending_recommendations] == ["skirt-2"]
    assert first.bundled_discount_suggestions
    assert (second.trending_recommendations, second.bundled_discount_suggestions) == ((), ())


def test_the_rules_are_read_once_for_a_decision_and_its_profile(tmp_path: Path) -> None:
    shop = a_small_shop(tmp_path)
    asked: list[datetime] = []

    class CountingRules(CurrentRules):
        def at(self, moment: datetime, region: Region | None) -> Applied:
            asked.append(moment)
            return super().at(moment, region)

    rules = CountingRules(SqlitePlanStore(tmp_path / "plans.sqlite", 0), 0.0)
    decider = shop.decider.with_rules(rules)

    ProfileBuilder(decider).make(after_a_view(shop), NOON)

    assert asked == [NOON]
