from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from personalization.domain.clock import FIRST_MOMENT
from personalization.domain.errors import InvalidRuleError, UnknownRuleError
from personalization.domain.identifiers import CategoryId, ProductId, RuleId
from personalization.domain.product import Product
from personalization.domain.region import COUNTRIES
from personalization.merchandising.bundle_price import price_offer
from personalization.merchandising.in_force import in_force
from personalization.merchandising.rule import MerchandisingRule, RuleKind

_HIDING = {RuleKind.EXCLUDE, RuleKind.OUT_OF_STOCK}


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules by unique id; raises `InvalidRuleError` where two pins contradict each other.

    Two do if they want different products at one position, or one product at two positions, in
    a region and at a moment in which both hold.
    """

    rules: tuple[MerchandisingRule, ...] = ()

    def __post_init__(self) -> None:
        ids: set[RuleId] = set()
        for rule in self.rules:
            if rule.rule_id in ids:
                raise InvalidRuleError(f"Two rules have the id {rule.rule_id!r}.")
            ids.add(rule.rule_id)
        pins = [rule for rule in self.rules if rule.kind is RuleKind.PIN]
        _refuse_meeting(pins, lambda rule: (rule.placements[0], rule.position), "the same position")
        _refuse_meeting(pins, lambda rule: rule.product_ids[0], "the same product")

    def with_rule(self, rule: MerchandisingRule) -> "RuleBook":
        kept = tuple(known for known in self.rules if known.rule_id != rule.rule_id)
        return RuleBook((*kept, rule))

    def without(self, rule_id: RuleId) -> "RuleBook":
        kept = tuple(rule for rule in self.rules if rule.rule_id != rule_id)
        if len(kept) == len(self.rules):
            raise UnknownRuleError(f"There is no rule {rule_id!r}.")
        return RuleBook(kept)

    def named_products(self) -> set[ProductId]:
        return {product for rule in self.rules for product in rule.product_ids}


def unknown_names(
    rules: Iterable[MerchandisingRule],
    products: Mapping[ProductId, Product],
    categories: Iterable[CategoryId],
) -> list[str]:
    """Return a sentence for every rule that names what the catalogue or the world has not."""
    known, found = set(categories), []
    for rule in rules:
        missing = [
            *(f"product {name!r}" for name in rule.product_ids if name not in products),
            *(f"category {name!r}" for name in rule.category_ids if name not in known),
        ]
        if missing:
            found.append(f"Rule {rule.rule_id!r}: the catalogue has no {', '.join(missing[:5])}.")
        nowhere = [region for region in rule.regions if region not in COUNTRIES]
        if nowhere:
            codes = "no country's ISO 3166 code"
            found.append(f"Rule {rule.rule_id!r}: {', '.join(nowhere[:5])} is {codes} such as pl.")
    return found


def warnings_of(book: RuleBook, products: Mapping[ProductId, Product], now: datetime) -> list[str]:
    """Return what is allowed and yet probably not meant."""
    over = [rule for rule in book.rules if rule.ends_at is not None and rule.ends_at <= now]
    return [
        *(
            f"Rule {rule.rule_id!r} is over since {rule.ends_at:%Y-%m-%d %H:%M} UTC."
            for rule in over
        ),
        *_without_effect(book, products),
        *_without_saving(book, products),
    ]


def _without_saving(book: RuleBook, products: Mapping[ProductId, Product]) -> Iterator[str]:
    """Yield the offers of certain products that have no price at which they save anything."""
    for rule in book.rules:
        named = [products[name] for name in dict.fromkeys(rule.product_ids) if name in products]
        if rule.price is None or rule.category_ids or len(named) < len(set(rule.product_ids)):
            continue
        [offer] = in_force([rule]).offers
        if price_offer(offer, named) is None:
            yield (
                f"Rule {rule.rule_id!r} is shown nowhere: its products cost no more than "
                f"{rule.price} {rule.currency}, or not in one currency."
            )


def _without_effect(book: RuleBook, products: Mapping[ProductId, Product]) -> Iterator[str]:
    """Yield the pins and boosts of products that another rule hides."""
    hiding: defaultdict[str, list[MerchandisingRule]] = defaultdict(list)
    for rule in book.rules:
        if rule.kind in _HIDING and not rule.placements:
            for name in (*rule.product_ids, *rule.category_ids):
                hiding[name].append(rule)
    for rule in book.rules:
        if rule.kind in _HIDING or rule.kind is RuleKind.OFFER:
            continue
        for product in rule.product_ids:
            known = products.get(product)
            names = (product, *((known.category_id,) if known else ()))
            others = (other for name in names for other in hiding[name] if rule.meets(other))
            hidden_by = next(others, None)
            if hidden_by is not None:
                yield (
                    f"Rule {rule.rule_id!r} has no effect on {product!r} while rule "
                    f"{hidden_by.rule_id!r} hides it."
                )


def _refuse_meeting(
    pins: list[MerchandisingRule], place_of: Callable[[MerchandisingRule], object], what: str
) -> None:
    groups: defaultdict[object, list[MerchandisingRule]] = defaultdict(list)
    for rule in pins:
        groups[place_of(rule)].append(rule)
    for group in groups.values():
        holding: list[MerchandisingRule] = []
        # Only what still holds can meet the next: thousands of pins, one after another, are quick.
        for rule in sorted(group, key=_start):
            holding = [other for other in holding if not _is_over(other, rule)]
            for other in holding:
                if rule.meets(other):
                    raise InvalidRuleError(
                        f"Rules {other.rule_id!r} and {rule.rule_id!r} pin {what} at the same time."
                    )
            holding.append(rule)


def _start(rule: MerchandisingRule) -> datetime:
    return rule.starts_at or FIRST_MOMENT


def _is_over(rule: MerchandisingRule, following: MerchandisingRule) -> bool:
    return rule.ends_at is not None and rule.ends_at <= _start(following)
