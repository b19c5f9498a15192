from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from evaluation.rules_dry_run.past_visits import Visit
from personalization.decisions.decision_maker import DecisionMaker
from personalization.domain.decision import Decision
from personalization.domain.identifiers import ProductId, Region, RuleId
from personalization.merchandising.current_rules import FixedRules
from personalization.merchandising.in_force import RULE_PREFIX
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.policies.placement import on_profiles

HIDING = frozenset({RuleKind.EXCLUDE, RuleKind.OUT_OF_STOCK})


@dataclass(slots=True)
class Comparison:
    """What would change; counts are of decisions and of slots."""

    decisions: int = 0
    changed: int = 0
    """Decisions whose slates would differ."""
    slots: int = 0
    changed_slots: int = 0
    short_before: int = 0
    """Decisions with fewer products than there are slots."""
    short_after: int = 0
    shown_before: Counter[ProductId] = field(default_factory=Counter)
    shown_after: Counter[ProductId] = field(default_factory=Counter)
    applied: Counter[RuleId] = field(default_factory=Counter)
    """Decisions in which a rule of those proposed did something."""

    @property
    def gains(self) -> list[tuple[ProductId, int]]:
        """Products with the slots that they gain (above 0) or lose, the largest change first."""
        products = {*self.shown_before, *self.shown_after}
        before, after = self.shown_before, self.shown_after
        changes = [(product, after[product] - before[product]) for product in products]
        changed = (change for change in changes if change[1])
        return sorted(changed, key=lambda change: (-abs(change[1]), change[0]))


def compare(
    decider: DecisionMaker,
    visits: Iterable[Visit],
    before: RuleBook,
    after: RuleBook,
    as_of: datetime,
) -> Comparison:
    """Decide every visit by both books, and once by no rules to see which have an effect.

    The rules hold or not as at one moment, so that those of next week can be tried today. All
    decide with the seed of the same decision: what differs is the rules' doing.
    """
    found = Comparison()
    by_none = decider.with_rules(FixedRules(RuleBook()))
    by_before = decider.with_rules(FixedRules(before, as_of=as_of))
    by_after = decider.with_rules(FixedRules(after, as_of=as_of))
    for visit in visits:
        old, new = by_before.decide(*visit), by_after.decide(*visit)
        _count(
            found, old, new, sum(placement.size for placement in on_profiles(decider.placements()))
        )
        bare = by_none.decide(*visit)
        region = visit.session.region
        found.applied.update(
            rule.rule_id
            for rule in after.rules
            if _holds(rule, as_of, region) and _does_something(rule, bare, new)
        )
    return found


def _count(found: Comparison, old: Decision, new: Decision, wanted: int) -> None:
    before = {(slot.placement, slot.position): slot.product_id for slot in old.slate}
    after = {(slot.placement, slot.position): slot.product_id for slot in new.slate}
    places = before.keys() | after.keys()
    changed = sum(before.get(place) != after.get(place) for place in places)
    found.decisions += 1
    found.changed += changed > 0
    found.slots += len(places)
    found.changed_slots += changed
    found.short_before += len(before) < wanted
    found.short_after += len(after) < wanted
    found.shown_before.update(before.values())
    found.shown_after.update(after.values())


def _holds(rule: MerchandisingRule, as_of: datetime, region: Region | None) -> bool:
    return rule.holds_at(as_of) and (not rule.regions or region in rule.regions)


def _does_something(rule: MerchandisingRule, bare: Decision, new: Decision) -> bool:
    if rule.kind is RuleKind.PIN:
        return any(slot.pinned and slot.product_id == rule.product_ids[0] for slot in new.slate)
    if rule.kind in HIDING:
        return any(
            action.product_id in rule.product_ids or action.category_id in rule.category_ids
            for action in bare.actions
        )
    return f"{RULE_PREFIX}{rule.rule_id}" in new.frame.adjustments
