"""What a bundle was offered for, in the numbers that the profile had."""

from dataclasses import dataclass
from decimal import Decimal

from personalization.domain.identifiers import BundleId, ProductId
from personalization.domain.privacy.small_counts import SmallCounts
from personalization.domain.profile import BundleOffer, BundlePrice, BundleSuggestion
from personalization.explanations.counted_reasons import published_bundle_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedBundle:
    bundle_id: BundleId
    product_ids: tuple[ProductId, ...]
    sentence: str
    rule_id: str | None = None
    """The merchandising rule that makes the offer."""
    price: BundlePrice | None = None


def explain_bundle(bundle: BundleSuggestion, counts: SmallCounts) -> ExplainedBundle:
    offer = bundle.offer
    return ExplainedBundle(
        bundle_id=bundle.bundle_id,
        product_ids=bundle.product_ids,
        sentence=_sentence(bundle, offer, published_bundle_reason(bundle.reason, counts)),
        rule_id=None if offer is None else offer.rule_id,
        price=None if offer is None else offer.price,
    )


def _sentence(bundle: BundleSuggestion, offer: BundleOffer | None, reason: str) -> str:
    if offer is None:
        return f"{reason}."
    by = f"Offered by the shop ({offer.rule_id}: {offer.reason})"
    price = offer.price
    if price is None:
        return f"{reason}. {by}: {bundle.discount_percent} % off."
    lines = ", ".join(f"{line.product_id} {_amount(line.after, price)}" for line in price.lines)
    return (
        f"{reason}. {by}: {_amount(price.after, price)} {price.currency} instead of "
        f"{_amount(price.before, price)}, which saves {_amount(price.saving, price)}: {lines}."
    )


def _amount(units: int, price: BundlePrice) -> str:
    return f"{Decimal(units).scaleb(-price.digits):.{price.digits}f}"
