"""Builds merchandising rules."""

from dataclasses import replace
from typing import Any

from personalization.domain.identifiers import ProductId, RuleId
from personalization.merchandising.rule import MerchandisingRule, RuleKind

_OWN: dict[RuleKind, dict[str, Any]] = {
    RuleKind.PIN: {"position": 1, "placements": ("home",)},
    RuleKind.BOOST: {"amount": 0.5},
    RuleKind.BURY: {"amount": 0.5},
    RuleKind.OFFER: {"percent": 10},
}


def a_rule(kind: RuleKind, *products: str, **overrides: Any) -> MerchandisingRule:
    """Return a valid rule of a kind, about some products."""
    fields = {**_OWN.get(kind, {}), **overrides}
    product_ids = tuple(map(ProductId, products))
    if "category_ids" not in fields and not products:
        product_ids = (ProductId("shirt-1"),)
    plain = MerchandisingRule(
        rule_id=RuleId(f"{kind}-{'-'.join(products) or 'all'}"[:64]),
        kind=RuleKind.EXCLUDE,
        product_ids=(ProductId("any"),),
        author="ann",
        reason="a test",
    )
    return replace(plain, kind=kind, product_ids=product_ids, **fields)
