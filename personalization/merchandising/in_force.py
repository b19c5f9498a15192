from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal

from personalization.domain.action_table import category_ids_of, product_ids_of
from personalization.domain.decision import Action, Adjustment
from personalization.domain.draw import Place
from personalization.domain.identifiers import CategoryId, ProductId, RuleId
from personalization.merchandising.rule import LARGEST_BUNDLE, MerchandisingRule, RuleKind

RULE_PREFIX = "rule:"
"""What the name of a rule's adjustment begins with."""
Amounts = tuple[tuple[str, float], ...]
"""Names of adjustments with what they add, in the order of the book."""


@dataclass(frozen=True, slots=True)
class RuleTargets:
    product_ids: AbstractSet[str] = frozenset()
    category_ids: AbstractSet[str] = frozenset()

    def places_in(self, actions: Sequence[Action]) -> tuple[int, ...]:
        columns = zip(product_ids_of(actions), category_ids_of(actions), strict=True)
        return tuple(
            [
                index
                for index, (product, category) in enumerate(columns)
                if product in self.product_ids or category in self.category_ids
            ]
        )


BundleProduct = tuple[ProductId, CategoryId]
"""A product of a bundle with its category."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A saving that the shop has promised; without targets it holds for every bundle."""

    rule_id: RuleId
    percent: int | None
    reason: str
    targets: RuleTargets
    price: Decimal | None = None
    """Of the whole bundle, where there is no percentage."""
    currency: str | None = None
    product_ids: tuple[ProductId, ...] = ()
    """What it names, each once, in the rule's order."""
    category_ids: tuple[CategoryId, ...] = ()

    @property
    def own_products(self) -> tuple[ProductId, ...]:
        """The products that it offers together, whether or not they are ever bought so."""
        names = self.product_ids
        is_bundle = not self.category_ids and 1 < len(names) <= LARGEST_BUNDLE
        return names if is_bundle else ()

    @property
    def own_categories(self) -> tuple[CategoryId, ...]:
        """The categories of which it offers a product each."""
        names = self.category_ids
        return names if not self.product_ids and 1 < len(names) <= LARGEST_BUNDLE else ()

    def covers(self, bundle: Sequence[BundleProduct]) -> bool:
        """Say whether it holds for a bundle, which has a product of every category it names."""
        categories = {category for _, category in bundle}
        if not self.product_ids and not categories.issuperset(self.category_ids):
            return False
        if self.price is not None and self.product_ids:
            return sorted(product for product, _ in bundle) == sorted(self.product_ids)
        return self.covers_loosely(bundle)

    def covers_loosely(self, bundle: Sequence[BundleProduct]) -> bool:
        """Say whether it names every product of a bundle, as earlier releases asked."""
        products, categories = self.targets.product_ids, self.targets.category_ids
        return not (products or categories) or all(
            product in products or category in categories for product, category in bundle
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RulesInForce:
    """Rules looked up by product and category, so that their number costs a decision nothing.

    They are put together once for a stretch of time, so what is made of them is kept by identity.
    """

    hidden_products: AbstractSet[str] = frozenset()
    hidden_categories: AbstractSet[str] = frozenset()
    barred: Mapping[str, RuleTargets] = field(default_factory=dict)
    """What may not be shown in a placement, though elsewhere."""
    pins: Mapping[Place, ProductId] = field(default_factory=dict)
    product_amounts: Mapping[str, Amounts] = field(default_factory=dict)
    category_amounts: Mapping[str, Amounts] = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()

    @property
    def hides_anything(self) -> bool:
        return bool(self.hidden_products or self.hidden_categories)

    def adjustments(self, actions: Sequence[Action]) -> list[Adjustment]:
        """Return what boosts and burying add to the scores of some of the actions."""
        if not (self.product_amounts or self.category_amounts):
            return []
        amounts: defaultdict[str, dict[ProductId, float]] = defaultdict(dict)
        columns = zip(product_ids_of(actions), category_ids_of(actions), strict=True)
        of_products, of_categories = self.product_amounts, self.category_amounts
        # Most rules are about none of the actions.
        adjusted = [
            (product, category)
            for product, category in columns
            if product in of_products or category in of_categories
        ]
        for product, category in adjusted:
            added = (*of_products.get(product, ()), *of_categories.get(category, ()))
            for name, amount in added:
                amounts[name][product] = amount
        return [Adjustment(name, of) for name, of in amounts.items()]

    def pins_within(self, sizes: Mapping[str, int]) -> Mapping[Place, ProductId]:
        """Return the pins at positions that the placements have, given by name with their size."""
        if not self.pins:
            return self.pins
        return {
            (placement, position): product
            for (placement, position), product in self.pins.items()
            if position < sizes.get(placement, 0)
        }

    def barred_among(self, actions: Sequence[Action]) -> Mapping[str, tuple[int, ...]]:
        """Return placement -> the indexes of the actions that may not be shown in it."""
        if not self.barred:
            return {}
        return {placement: names.places_in(actions) for placement, names in self.barred.items()}

    def offers_for(self, bundle: Sequence[BundleProduct]) -> list[Offer]:
        """Return the offers that hold for the bundle."""
        return [offer for offer in self.offers if offer.covers(bundle)]

    def former_offer_for(self, bundle: Sequence[BundleProduct]) -> Offer | None:
        """Return the offer that releases before there were prices took."""
        covering = [it for it in self.offers if it.percent and it.covers_loosely(bundle)]
        return max(covering, key=lambda offer: offer.percent or 0, default=None)


NOTHING_IN_FORCE = RulesInForce()


def in_force(rules: Sequence[MerchandisingRule]) -> RulesInForce:
    """Return the rules, all of which hold, by what they are about."""
    if not rules:
        return NOTHING_IN_FORCE
    hiding = [rule for rule in rules if rule.kind in {RuleKind.EXCLUDE, RuleKind.OUT_OF_STOCK}]
    everywhere = _names(rule for rule in hiding if not rule.placements)
    placements = {placement for rule in hiding for placement in rule.placements}
    return RulesInForce(
        hidden_products=everywhere.product_ids,
        hidden_categories=everywhere.category_ids,
        barred={
            placement: _names(rule for rule in hiding if placement in rule.placements)
            for placement in placements
        },
        pins={
            (rule.placements[0], (rule.position or 1) - 1): rule.product_ids[0]
            for rule in rules
            if rule.kind is RuleKind.PIN
        },
        product_amounts=_amounts((rule, rule.product_ids) for rule in rules),
        category_amounts=_amounts((rule, rule.category_ids) for rule in rules),
        offers=tuple(
            Offer(
                rule.rule_id,
                rule.percent,
                rule.reason,
                _names([rule]),
                rule.price,
                rule.currency,
                tuple(dict.fromkeys(rule.product_ids)),
                tuple(dict.fromkeys(rule.category_ids)),
            )
            for rule in rules
            if rule.kind is RuleKind.OFFER
        ),
    )


def _names(rules: Iterable[MerchandisingRule]) -> RuleTargets:
    listed = list(rules)
    return RuleTargets(
        frozenset(name for rule in listed for name in rule.product_ids),
        frozenset(name for rule in listed for name in rule.category_ids),
    )


def _amounts(named: Iterable[tuple[MerchandisingRule, Sequence[str]]]) -> Mapping[str, Amounts]:
    found: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for rule, names in named:
        if rule.amount is None:
            continue
        amount = rule.amount if rule.kind is RuleKind.BOOST else -rule.amount
        for name in dict.fromkeys(names):
            found[name].append((f"{RULE_PREFIX}{rule.rule_id}", amount))
    return {name: tuple(of) for name, of in found.items()}
