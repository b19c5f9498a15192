from bisect import bisect_right
from datetime import datetime

from personalization.domain.identifiers import Region
from personalization.merchandising.in_force import NOTHING_IN_FORCE, RulesInForce, in_force
from personalization.merchandising.rule_book import RuleBook


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
