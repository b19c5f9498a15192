from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from personalization.audit.recording import Auditor
from personalization.domain.errors import InvalidRuleError
from personalization.domain.identifiers import ProductId, RuleId
from personalization.merchandising.current_rules import book_of_version
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook, unknown_names, warnings_of
from personalization.merchandising.rule_changes import rule_changes
from personalization.merchandising.rules_document import decode_rules, encode_rules
from personalization.plans.current_plan import Parsed
from personalization.plans.editor import PlanEditor
from personalization.ports.plan_store import RULES, Plan
from personalization.ports.stores import KeptStores

STOCK = RuleId("stock")
"""The one rule that `rules stock` keeps."""
MOST_RULES = 5_000
MOST_PRODUCTS = 200_000
"""That all rules of a book name together: some megabytes, which every process reads again."""
Edit = Callable[[RuleBook], RuleBook]


@dataclass(frozen=True, slots=True)
class Written:
    """A stored version, with warnings about what was probably not meant."""

    version: int
    book: RuleBook
    warnings: Sequence[str]


class RuleEditor:
    def __init__(self, kept: KeptStores) -> None:
        self._kept = kept
        self._auditor = Auditor(kept.audit)
        self._plans = PlanEditor(
            kept.plans, RULES, lambda plan: decode_rules(plan.body), encode_rules, RuleBook()
        )

    def newest(self) -> Parsed[RuleBook]:
        return self._plans.newest()

    def history(self, limit: int, offset: int = 0) -> list[Plan]:
        """Return versions, newest first."""
        plans = self._kept.plans
        numbers = plans.versions(RULES)[offset : offset + limit]
        versions = (plans.read_version(RULES, version) for version in numbers)
        return [plan for plan in versions if plan is not None]

    def version_count(self) -> int:
        return len(self._kept.plans.versions(RULES))

    def version(self, number: int) -> RuleBook:
        return book_of_version(self._kept.plans, number)

    def edit(self, edit: Edit, author: str, expected_version: int | None = None) -> Written:
        """Store the edited book, and record each rule that is another one.

        Raises `InvalidRuleError` for impossible rules, `SupersededError`, or
        `ChangedMeanwhileError` where the newest is not the expected version.
        """
        warnings: list[str] = []

        def checked_edit(before: RuleBook) -> RuleBook:
            after = edit(before)
            warnings[:] = self.check(before, after)
            return after

        edited = self._plans.edit_and_compare(checked_edit, author, expected_version)
        self._auditor.record(*rule_changes(edited, author))
        return Written(edited.after.version, edited.after.document, warnings)

    def propose(self, edit: Edit) -> Written:
        """Return what `edit` would store, and write nothing; the version is the present one."""
        newest = self.newest()
        after = edit(newest.document)
        return Written(newest.version, after, self.check(newest.document, after))

    def check(self, before: RuleBook, after: RuleBook) -> list[str]:
        """Return warnings; raises `InvalidRuleError` for new rules about unknown products.

        An older rule may name a product that has left the catalogue, and stock may be reported for
        a product before the catalogue knows it.
        """
        _refuse_too_many(after)
        products = self._kept.catalogue.read_products(sorted(after.named_products()))
        categories = [category.category_id for category in self._kept.catalogue.all_categories()]
        lenient = [rule for rule in after.rules if _may_be_unknown(rule, before)]
        strict = [rule for rule in after.rules if rule not in lenient]
        unknown = unknown_names(strict, products, categories)
        if unknown:
            raise InvalidRuleError(" ".join(unknown))
        warnings = warnings_of(after, products, datetime.now(UTC))
        return unknown_names(lenient, products, categories) + warnings


def _refuse_too_many(book: RuleBook) -> None:
    named = sum(len(rule.product_ids) for rule in book.rules)
    if len(book.rules) > MOST_RULES or named > MOST_PRODUCTS:
        raise InvalidRuleError(
            f"A shop has at most {MOST_RULES:,} rules, which name at most {MOST_PRODUCTS:,} "
            f"products together; these are {len(book.rules):,} and {named:,}."
        )


def _may_be_unknown(rule: MerchandisingRule, before: RuleBook) -> bool:
    return rule in before.rules or rule.kind is RuleKind.OUT_OF_STOCK


def replace_book(book: RuleBook) -> Edit:
    return lambda _: book


def merge_book(book: RuleBook) -> Edit:

    def edit(before: RuleBook) -> RuleBook:
        for rule in book.rules:
            before = before.with_rule(rule)
        return before

    return edit


def remove_rule(rule_id: str) -> Edit:
    return lambda book: book.without(RuleId(rule_id))


def add_rule(rule: MerchandisingRule, *, replace: bool) -> Edit:

    def edit(book: RuleBook) -> RuleBook:
        if not replace and any(known.rule_id == rule.rule_id for known in book.rules):
            raise InvalidRuleError(f"There is a rule {rule.rule_id!r}: --replace puts this for it.")
        return book.with_rule(rule)

    return edit


def update_stock(out: Sequence[str], back: Sequence[str], author: str) -> Edit:

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
