"""Builds forty days of a shop in which everything happens that priors are made of."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId
from personalization.domain.product import Category, Product
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product

CATEGORIES = [
    Category(category_id=CategoryId(name), name=name.title()) for name in ("hats", "shirts")
]
PRODUCTS: Sequence[Product] = [
    a_product(
        product_id=f"p{number}",
        category_id=CATEGORIES[number % 2].category_id,
        rating=None if number == 0 else 3 + number / 7,
        rating_count=number,
        listed_on=date(2025, 5, 20) if number > 5 else date(2025, 1, 1),
    )
    for number in range(8)
]
_KINDS = (
    *(EventType.PRODUCT_VIEW,) * 6,
    *(EventType.CATEGORY_VIEW, EventType.ADD_TO_CART, EventType.ADD_TO_CART),
    *(EventType.CHECKOUT, EventType.CHECKOUT, EventType.IMPRESSION, EventType.FEEDBACK),
)


def busy_events(sessions: int = 60) -> list[Event]:
    """Return the sessions' events, the same ones every time, in no particular order."""
    chance = Random(7)
    events = [
        _event(chance, f"s{session}", step)
        for session in range(sessions)
        for step in range(chance.randint(4, 12))
    ]
    chance.shuffle(events)
    return events


def _event(chance: Random, session_id: str, step: int) -> Event:
    kind = chance.choice(_KINDS)
    # The day is the session's own: all its events come from one visit.
    days_ago = int(session_id[1:]) * 7 % 40
    count = {EventType.CHECKOUT: 3, EventType.IMPRESSION: 4, EventType.CATEGORY_VIEW: 0}
    products = chance.sample([product.product_id for product in PRODUCTS], count.get(kind, 1))
    is_feedback = kind is EventType.FEEDBACK
    return an_event(
        event_id=f"{session_id}-{step}",
        session_id=session_id,
        type=kind,
        # Two steps of a session may fall into one millisecond, and two sessions onto one moment.
        occurred_at=NOON - timedelta(days=days_ago) + timedelta(microseconds=step // 2 * 100),
        product_ids=tuple(products),
        category_id=chance.choice(CATEGORIES).category_id if not products else None,
        region=chance.choice(("pl", "de", "au", None)),
        # Each of them came once.
        user_id=f"u{session_id[1:]}" if session_id.endswith("0") else None,
        slots=tuple(range(len(products))) if kind is EventType.IMPRESSION else (),
        bundle_id="p1+p2" if kind is EventType.CHECKOUT and step % 3 == 0 else None,
        thumb=chance.choice((1, -1)) if is_feedback else None,
        rating=round(chance.uniform(1, 5), 3) if is_feedback and step % 2 else None,
    )
