from collections.abc import Iterable, Mapping

from personalization.domain.errors import InvalidEventError
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Product
from personalization.domain.reward import evidence_reward
from personalization.domain.session import Counted, RecentEvent, Session


def take(
    session: Session, event: Event, products: Mapping[ProductId, Product]
) -> tuple[Session, Counted]:
    """Return the session after the event, and whether the event counted.

    Of one that did not, the session may still know that it refused something.

    `products` holds the catalogue's products among the event's. Lines of others are passed over;
    `InvalidEventError` if there are no others.
    """
    if event.product_ids and not any(product in products for product in event.product_ids):
        raise InvalidEventError(f"unknown product: {event.product_ids[0]}")
    judged = session.judge(event)
    if judged is Counted.COUNTED:
        session = session.with_event(event, recent_of(event, products))
    elif judged is Counted.REFUSED and event.is_refused:
        session = session.with_refusal(event)
    return session, judged


def recent_of(event: Event, products: Mapping[ProductId, Product]) -> tuple[RecentEvent, ...]:
    """Return what ranking needs of an interaction, an entry per product; nothing of impressions.

    Nor of orders that a server has not attested, where it should.
    """
    if event.type is EventType.LOGIN:
        return _entries_of_past(event, products)
    if not event.type.is_evidence or event.is_worthless:
        return ()
    is_parallel = len(event.quantities) == len(event.product_ids)
    pieces = event.quantities if is_parallel else (None,) * len(event.product_ids)
    subjects: list[tuple[ProductId | None, CategoryId | None, int | None]] = [
        (product_id, products[product_id].category_id, quantity)
        for product_id, quantity in zip(event.product_ids, pieces, strict=True)
        if product_id in products
    ]
    return tuple(
        RecentEvent(
            event_id=event.event_id,
            type=event.type,
            occurred_at=event.occurred_at,
            product_id=product_id,
            category_id=category_id,
            reward=evidence_reward(event),
            quantity=quantity,
        )
        for product_id, category_id, quantity in subjects or [(None, event.category_id, None)]
    )


def _entries_of_past(
    login: Event, products: Mapping[ProductId, Product]
) -> tuple[RecentEvent, ...]:
    """Return what a login brings along from other visits, of products that there still are."""
    return tuple(
        RecentEvent(
            event_id=login.event_id,
            type=act.type,
            occurred_at=act.occurred_at,
            product_id=act.product_id,
            category_id=products[act.product_id].category_id,
            reward=act.reward,
        )
        for act in login.past
        if act.product_id in products
    )


def products_in(events: Iterable[Event]) -> list[ProductId]:
    """Return the products that counting needs to know, each once."""
    return list(
        dict.fromkeys(
            product
            for event in events
            for product in (*event.product_ids, *(act.product_id for act in event.past))
        )
    )
