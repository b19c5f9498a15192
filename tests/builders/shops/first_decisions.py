"""Builds the first decisions of a small shop, which has neither rules nor experiments."""

from functools import partial

from personalization.adapters.vowpal.policy import VowpalPolicy, base_alone
from personalization.decisions.decision_maker import DecisionMaker
from personalization.merchandising.current_rules import CurrentRules
from personalization.profiles.builder import ProfileBuilder, ProfileSizes
from personalization.replay.first_decisions import FirstDecisions, FirstStores, LiveRanking
from personalization.wiring import pinned_policy
from tests.builders.plan_store import a_plan_store
from tests.builders.shops.small_shop import SmallShop


def first_decisions_of(shop: SmallShop) -> FirstDecisions:
    plans = a_plan_store(shop.folder)
    policy, config = VowpalPolicy(shop.models), shop.decider.config
    maker = DecisionMaker(shop.active_priors, shop.catalogue, policy, config)
    rules = CurrentRules(plans, 60.0)
    live = LiveRanking(ProfileBuilder(maker), shop.active_priors, policy, rules, shop.catalogue)
    load = partial(pinned_policy, shop.models, base_alone)
    return FirstDecisions(live, FirstStores(shop.priors, plans, load), config, ProfileSizes())
