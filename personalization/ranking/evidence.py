from collections.abc import Mapping
from datetime import datetime

from personalization.catalogue.pinned_catalogue import ReadsProducts
from personalization.domain.decision import Evidence
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product
from personalization.domain.session import RecentEvent, Session
from personalization.ranking.blend import freshness
from personalization.ranking.context import ages, with_attention

EVIDENCE_LIMIT = 20
"""Decay leaves 12 % of the weight at the twentieth: older ones hardly move a score."""


def evidence_of(
    session: Session, catalogue: ReadsProducts, now: datetime, halflife_seconds: float
) -> tuple[Evidence, ...]:
    """Return the newest interactions that have a reward, newest first, as fresh as they are now.

    What was looked at stands among them, as old as the interaction before it.
    """
    recent = with_attention(session, session.in_force()[:EVIDENCE_LIMIT])
    products = catalogue.products([event.product_id for event in recent if event.product_id])
    evidence = []
    for event, age in zip(recent, ages(recent), strict=True):
        named = _subject_and_label(event, products, catalogue)
        if not event.reward or named is None:
            continue
        category_id, fresh = event.category_id, 1.0
        if halflife_seconds:
            elapsed = (now - event.occurred_at).total_seconds()
            fresh = freshness(elapsed, halflife_seconds)
        evidence.append(
            Evidence(
                event_id=event.event_id,
                type=event.type,
                subject=named[0],
                label=named[1],
                reward=event.reward,
                age=age,
                freshness=fresh,
                category_id=category_id,
                category_name=catalogue.category_name(category_id) if category_id else None,
            )
        )
    return tuple(evidence)


def _subject_and_label(
    recent: RecentEvent, products: Mapping[ProductId, Product], catalogue: ReadsProducts
) -> tuple[str, str] | None:
    """Return what was acted on and what to call it; None if the catalogue no longer knows it."""
    if recent.product_id is not None:
        product = products.get(recent.product_id)
        return (recent.product_id, product.title) if product else None
    if recent.category_id is not None:
        return recent.category_id, catalogue.category_name(recent.category_id)
    return None
