"""Reads, checks and writes the shop's rule book, against other writers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from personalization.domain.errors import InvalidRuleError, SupersededError
from personalization.domain.identifiers import ProductId, RuleId
from personalization.merchandising.current_rules import book_of_version
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook, unknown_names, warnings_of
from personalization.merchandising.rules_document import decode_rules, encode_rules
from personalization.ports.plan_store import RULES, Plan
from personalization.ports.stores import KeptStores

TRIES = 20
"""Writers that were faster; stock is changed by machines, many at the same time."""
STOCK = RuleId("stock")
"""The one rule that `rules stock` keeps."""
Edit = Callable[[RuleBook], RuleBook]


@dataclass(frozen=True, slots=True)
class Written:
    """A version that was stored, and what is probably not meant about it."""

    version: int
    book: RuleBook
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class RuleDesk:
    """Edits the newest version; one that came in between is edited instead."""

    kept: KeptStores

    def newest(self) -> tuple[int, RuleBook]:
        """Return the newest version with its rules; 0 and none before the first."""
        plan = self.kept.plans.read(RULES)
        return (plan.version, decode_rules(plan.body)) if plan else (0, RuleBook())

    def history(self, limit: int) -> list[Plan]:
        """Return the newest versions, newest first."""
        versions = self.kept.plans.versions(RULES)[:limit]
        found = (self.kept.plans.read_version(RULES, version) for version in versions)
        return [plan for plan in found if plan is not None]

    def version(self, number: int) -> RuleBook:
        """Return the rules of one version; raises `InvalidRuleError` if there is no such."""
        return book_of_version(self.kept.plans, number)

    def edit(self, edit: Edit, author: str) -> Written:
        """Store what an edit makes of the newest version, unless that is what it was.

        Raises `InvalidRuleError` for rules that cannot be, and `SupersededError` if others write
        without end.
        """
        for _ in range(TRIES):
            version, before = self.newest()
            after = edit(before)
            warnings = self.checked(before, after)
            if after == before:
                return Written(version, after, warnings)
            try:
                stored = self.kept.plans.write(RULES, encode_rules(after), version, author)
            except SupersededError:
                continue
            return Written(stored, after, warnings)
        raise SupersededError("Others write rules all the time: try again.")

    def checked(self, before: RuleBook, after: RuleBook) -> list[str]:
        """Return warnings; raises `InvalidRuleError` for new rules of what there is not.

        A rule that was there before may name a product that has left the catalogue since, and
        stock may be told of a product before the catalogue is.
        """
        products = self.kept.catalogue.read_products(sorted(after.named_products()))
        categories = [category.category_id for category in self.kept.catalogue.all_categories()]
        told = [rule for rule in after.rules if _is_told(rule, before)]
        unknown = unknown_names(
            [rule for rule in after.rules if rule not in told], products, categories
        )
        if unknown:
            raise InvalidRuleError(" ".join(unknown))
        return [
            *unknown_names(told, products, categories),
            *warnings_of(after, products, datetime.now(UTC)),
        ]


def _is_told(rule: MerchandisingRule, before: RuleBook) -> bool:
    return rule in before.rules or rule.kind is RuleKind.OUT_OF_STOCK


def added(rule: MerchandisingRule, *, replace: bool) -> Edit:
    """Return the edit that adds a rule, or puts it in the place of one of its id."""

    def edit(book: RuleBook) -> RuleBook:
        if not replace and any(known.rule_id == rule.rule_id for known in book.rules):
            raise InvalidRuleError(f"There is a rule {rule.rule_id!r}: --replace puts this for it.")
        return book.with_rule(rule)

    return edit


def stocked(out: Sequence[str], back: Sequence[str], author: str) -> Edit:
    """Return the edit by which products run out of stock and others come back."""

    def edit(book: RuleBook) -> RuleBook:
        known = next((rule for rule in book.rules if rule.rule_id == STOCK), None)
        if known is not None and known.kind is not RuleKind.OUT_OF_STOCK:
            raise InvalidRuleError(f"The rule {STOCK!r} is not about stock: give it another id.")
        before = known.product_ids if known else ()
        gone = dict.fromkeys((*before, *map(ProductId, out)))
        products = tuple(product_id for product_id in gone if product_id not in set(back))
        if products == before:
            return book
        if not products:
            return book.without(STOCK)
        return book.with_rule(
            MerchandisingRule(
                rule_id=STOCK,
                kind=RuleKind.OUT_OF_STOCK,
                product_ids=products,
                author=author,
                reason="out of stock",
            )
        )

    return edit
