from bisect import bisect_right
from datetime import datetime
from typing import NamedTuple, Protocol

from personalization.domain.errors import UnknownRuleError
from personalization.domain.identifiers import Region
from personalization.merchandising.in_force import NOTHING_IN_FORCE, RulesInForce, in_force
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import decode_rules
from personalization.plans.current_plan import NO_VERSION, CurrentPlan
from personalization.ports.plan_store import RULES, PlanStore


class RuleIndex:
    """The rules that hold, found without looking at each: they change only at `_boundaries`.

    They are put together on the first decision of such a stretch, once for each region that any
    rule names and once for all others.
    """

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        times = {
            moment for rule in book.rules for moment in (rule.starts_at, rule.ends_at) if moment
        }
        self._boundaries = sorted(times)
        self._regions = {region for rule in book.rules for region in rule.regions}
        self._held: tuple[int, dict[Region | None, RulesInForce]] = (0, {})

    def stretch(self, moment: datetime) -> int:
        return bisect_right(self._boundaries, moment)

    def at(self, moment: datetime, region: Region | None) -> RulesInForce:
        if not self.book.rules:
            return NOTHING_IN_FORCE
        stretch = self.stretch(moment)
        held_stretch, held = self._held
        if held_stretch != stretch:
            held = {}
            self._held = (stretch, held)
        known = region if region in self._regions else None
        found = held.get(known)
        if found is None:
            rules = [rule for rule in self.book.rules if rule.holds_at(moment)]
            here = [rule for rule in rules if not rule.regions or known in rule.regions]
            found = held[known] = in_force(here)
        return found


class RulesState(NamedTuple):
    """Differs where other rules hold: the version, and the stretch of time that it is in."""

    version: int
    stretch: int
    catalogue: int = NO_VERSION
    """The import that the catalogue is of."""


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

    def fixed_at(self, version: int) -> "FixedRules | None":
        """Return the rules of a version if they are those of now."""
        parsed = self._plan.last_read
        return FixedRules(parsed.document.book, version) if parsed.version == version else None

    def refresh(self) -> None:
        self._plan.refresh()

    def state(self, moment: datetime, catalogue: int = NO_VERSION) -> RulesState:
        """Return what changes when other rules hold, by the version known; never waits."""
        parsed = self._plan.last_read
        return RulesState(parsed.version, parsed.document.stretch(moment), catalogue)


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
        raise UnknownRuleError(f"There is no version {version} of the rules.")
    return decode_rules(plan.body)
