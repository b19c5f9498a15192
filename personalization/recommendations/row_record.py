"""A row's decision with its items, and the record that is kept of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter

from personalization.decisions.pinned import Pinned
from personalization.domain.action_table import product_ids_of, scores_of
from personalization.domain.asked import AskedKind, Strategy
from personalization.domain.decision import Decision, Slot
from personalization.domain.identifiers import ProductId
from personalization.domain.profile import (
    ProfileRest,
    ScoreData,
    ScoredProduct,
    profile_of,
)
from personalization.domain.session import Session
from personalization.domain.slates.slot_table import slot_table
from personalization.explanations.clauses import Clauses
from personalization.ports.decision_history import DecisionRecord
from personalization.profiles.scored_products import scored_products
from personalization.recommendations.answer import PlacedProduct, RowItem
from personalization.value_classes import make_all

_POSITION = attrgetter("position")


@dataclass(frozen=True, slots=True)
class RecordedRow:
    items: tuple[RowItem, ...]
    """None of a ranked list: `ranked_products` are its own."""
    record: DecisionRecord


def record_row(
    decision: Decision,
    session: Session,
    pinned: Pinned,
    life: timedelta,
    finders: Mapping[ProductId, Strategy],
) -> RecordedRow:
    """Return what a row shows, in its order; of a ranked list the shop has the cards itself."""
    is_row = decision.asked is None or decision.asked.kind is AskedKind.ROW
    slots = sorted(decision.slate, key=_POSITION) if is_row else []
    products = _products(decision, pinned, [slot.product_id for slot in slots]) if slots else []
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
    scored = ScoreData(categories=(), products=tuple(products))
    record = DecisionRecord(decision, profile_of(decision, scored, rest))
    return RecordedRow(_items(products, slots, finders), record)


def ranked_products(decision: Decision) -> tuple[PlacedProduct, ...]:
    """Return the slate of a list with its scores, in the order to show."""
    scores = dict(zip(product_ids_of(decision.actions), scores_of(decision.actions), strict=True))
    table = slot_table(decision.slate)
    if table is not None:
        ids = table.product_ids
        columns = ids, range(len(ids)), map(scores.__getitem__, ids)
        drawn = zip(*columns, table.propensities, table.explored, strict=True)
        return tuple(make_all(PlacedProduct, drawn))
    rows = [
        (slot.product_id, slot.position, scores[slot.product_id], slot.propensity, slot.explored)
        for slot in sorted(decision.slate, key=_POSITION)
    ]
    return tuple(make_all(PlacedProduct, rows))


def _products(
    decision: Decision, pinned: Pinned, shown: Sequence[ProductId]
) -> list[ScoredProduct]:
    ids = product_ids_of(decision.actions)
    numbers = dict(zip(ids, range(len(ids)), strict=True))
    places = [numbers[product] for product in shown]
    return scored_products(decision, Clauses(decision), pinned.catalogue, places)


def _items(
    products: Sequence[ScoredProduct], slots: Sequence[Slot], finders: Mapping[ProductId, Strategy]
) -> tuple[RowItem, ...]:
    return tuple(
        [
            RowItem(
                product_id=product.product_id,
                slot=slot.position,
                score=product.score,
                propensity=slot.propensity,
                explored=slot.explored,
                source=finders.get(product.product_id, ""),
                reason=product.reason,
            )
            for slot, product in zip(slots, products, strict=True)
        ]
    )
