from datetime import datetime
from typing import NamedTuple, Protocol

from personalization.domain.errors import InvalidRuleError
from personalization.domain.identifiers import Region
from personalization.merchandising.in_force import NOTHING_IN_FORCE, RulesInForce
from personalization.merchandising.index import RuleIndex
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import decode_rules
from personalization.plans.current_plan import NO_VERSION, CurrentPlan
from personalization.ports.plan_store import RULES, PlanStore


class RulesState(NamedTuple):
    """Differs where other rules hold: the version, and the stretch of time that it is in."""

    version: int
    stretch: int


NO_STATE = RulesState(NO_VERSION, 0)


class Applied(NamedTuple):
    version: int
    rules: RulesInForce


NO_RULES_APPLIED = Applied(NO_VERSION, NOTHING_IN_FORCE)


class Merchandising(Protocol):
    def at(self, moment: datetime, region: Region | None) -> Applied: ...


class NoRules:
    def at(self, moment: datetime, region: Region | None) -> Applied:
        del moment, region
        return NO_RULES_APPLIED


class CurrentRules:
    def __init__(self, plans: PlanStore, every_seconds: float) -> None:
        self.every_seconds = every_seconds
        self._plan = CurrentPlan(
            plans,
            RULES,
            lambda body: RuleIndex(decode_rules(body)),
            RuleIndex(RuleBook()),
            every_seconds,
        )

    def at(self, moment: datetime, region: Region | None) -> Applied:
        parsed = self._plan.read()
        return Applied(parsed.version, parsed.document.at(moment, region))

    def refresh(self) -> None:
        self._plan.refresh()

    def state(self, moment: datetime) -> RulesState:
        """Return what changes when other rules hold, by the version known; never waits."""
        parsed = self._plan.last_read
        return RulesState(parsed.version, parsed.document.stretch(moment))


class FixedRules:
    """One book for every decision: a past version, or one that is only proposed."""

    def __init__(
        self, book: RuleBook, version: int = NO_VERSION, as_of: datetime | None = None
    ) -> None:
        """With `as_of` the rules hold or not as at that moment, whenever asked."""
        self._index = RuleIndex(book)
        self._version = version
        self._as_of = as_of

    def at(self, moment: datetime, region: Region | None) -> Applied:
        return Applied(self._version, self._index.at(self._as_of or moment, region))


def rules_of_version(plans: PlanStore, version: int) -> FixedRules:
    """Return the rules that a logged `rules_version` applied; may raise `InvalidRuleError`."""
    return FixedRules(book_of_version(plans, version), version)


def book_of_version(plans: PlanStore, version: int) -> RuleBook:
    """Return the rules of a version, none before the first; may raise `InvalidRuleError`."""
    if version == NO_VERSION:
        return RuleBook()
    plan = plans.read_version(RULES, version)
    if plan is None:
        raise InvalidRuleError(f"There is no version {version} of the rules.")
    return decode_rules(plan.body)
