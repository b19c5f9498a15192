"""A row's decision with its items, and the record that is kept of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from personalization.decisions.pinned import Pinned
from personalization.domain.action_table import category_ids_of, product_ids_of, scores_of
from personalization.domain.asked import Strategy
from personalization.domain.decision import Decision, Slot
from personalization.domain.identifiers import ProductId
from personalization.domain.profile import (
    ProfileRest,
    ScoreData,
    ScoredProduct,
    profile_of,
)
from personalization.domain.session import Session
from personalization.explanations.clauses import Clauses
from personalization.ports.decision_history import DecisionRecord
from personalization.recommendations.answer import RowItem

SHOP = "shop"
"""The source of what the shop's own list has."""


@dataclass(frozen=True, slots=True)
class RecordedRow:
    items: tuple[RowItem, ...]
    record: DecisionRecord


def record_row(
    decision: Decision,
    session: Session,
    pinned: Pinned,
    life: timedelta,
    finders: Mapping[ProductId, Strategy],
    *,
    whole: bool = False,
) -> RecordedRow:
    """Return the slate, and if `whole` all that was not drawn behind it, by its score."""
    slots = sorted(decision.slate, key=lambda slot: slot.position)
    numbers = dict(zip(product_ids_of(decision.actions), range(len(decision.actions)), strict=True))
    drawn = [numbers[slot.product_id] for slot in slots]
    places = drawn
    if whole:
        taken = set(drawn)
        places = [*drawn, *(place for place in range(len(numbers)) if place not in taken)]
    products = _products(decision, pinned, places)
    rest = ProfileRest(
        user_id=session.user_id,
        version=session.profile_version,
        expiry=decision.decided_at + life,
        active=False,
        region=session.region,
        recent_products=(),
        bundles=(),
        trending=(),
    )
    scored = ScoreData(categories=(), products=tuple(products[: len(drawn)]))
    return RecordedRow(
        _items(products, slots, finders),
        DecisionRecord(decision, profile_of(decision, scored, rest)),
    )


def _products(decision: Decision, pinned: Pinned, places: Sequence[int]) -> list[ScoredProduct]:
    ids, categories = product_ids_of(decision.actions), category_ids_of(decision.actions)
    scores = scores_of(decision.actions)
    known = pinned.catalogue.products([ids[place] for place in places])
    products = [known[ids[place]] for place in places]
    names = pinned.catalogue.category_names([categories[place] for place in places])
    ratings = [product.rating for product in products]
    reasons = Clauses(decision).product_reasons(places, names, ratings)
    return [
        ScoredProduct(
            product_id=product.product_id,
            category_id=categories[place],
            title=product.title,
            price=product.price,
            currency=product.currency,
            image_url=product.image_url,
            rating=product.rating,
            score=scores[place],
            reason=reason,
        )
        for place, product, reason in zip(places, products, reasons, strict=True)
    ]


def _items(
    products: Sequence[ScoredProduct], slots: Sequence[Slot], finders: Mapping[ProductId, Strategy]
) -> tuple[RowItem, ...]:
    found = [
        RowItem(
            product_id=product.product_id,
            slot=slot.position,
            score=product.score,
            propensity=slot.propensity,
            explored=slot.explored,
            source=finders.get(product.product_id, SHOP),
            reason=product.reason,
        )
        for slot, product in zip(slots, products, strict=False)
    ]
    # Nothing about the order of the others is left to chance.
    first = slots[-1].position + 1 if slots else 0
    found += [
        RowItem(
            product_id=product.product_id,
            slot=first + place,
            score=product.score,
            propensity=1.0,
            explored=False,
            source=SHOP,
            reason=product.reason,
        )
        for place, product in enumerate(products[len(slots) :])
    ]
    return tuple(found)
