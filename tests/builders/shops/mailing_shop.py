"""Builds a home folder with a hundred known people: on a visit, back from one, or unknown."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from personalization.domain.consent import Consent, ConsentPurpose
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId, ProductId, SessionId, UserId
from personalization.domain.product import Category
from personalization.wiring import CoreSettings, open_kept
from tests.builders.event import an_event
from tests.builders.generation import a_generation
from tests.builders.product import a_product
from tests.builders.shops.small_shop import GENERATION, PRIORS, SHIRTS, SKIRTS

AT = datetime(2025, 6, 2, 12, tzinfo=UTC)
PEOPLE = [UserId(f"person-{number}") for number in range(100)]
VISITING, PAST = PEOPLE[:40], PEOPLE[40:80]
REFUSING = [UserId(f"refuses-{number}") for number in range(3)]
_PRODUCTS = (*SHIRTS, *SKIRTS)


def session_of(user_id: UserId) -> SessionId:
    return SessionId(str(uuid5(NAMESPACE_URL, user_id)))


def visit_of(user_id: UserId, until: datetime, consent: Consent | None = None) -> Sequence[Event]:
    """Return the events of a visit: one to three views, then a cart."""
    number = int(user_id.rsplit("-")[-1])
    kinds = [*[EventType.PRODUCT_VIEW] * (1 + number % 3), EventType.ADD_TO_CART]
    return [
        an_event(
            event_id=f"{user_id}-{step}",
            session_id=session_of(user_id),
            user_id=user_id,
            type=kind,
            occurred_at=until - timedelta(minutes=10 - step),
            received_at=until - timedelta(minutes=10 - step),
            product_ids=(ProductId(_PRODUCTS[(number + step) % len(_PRODUCTS)]),),
            consent=consent,
        )
        for step, kind in enumerate(kinds)
    ]


def past_events() -> list[Event]:
    visits = [
        *(visit_of(user_id, AT) for user_id in VISITING),
        *(visit_of(user_id, AT - timedelta(days=9)) for user_id in PAST),
        *(visit_of(user_id, AT, (ConsentPurpose.MEASURE,)) for user_id in REFUSING),
    ]
    return [event for visit in visits for event in visit]


def fill_mailing_shop(home: Path) -> None:
    with open_kept(CoreSettings.of_home(home)) as kept:
        kept.catalogue.write_categories(
            [
                Category(category_id=CategoryId(name), name=name.title())
                for name in ("shirts", "skirts")
            ]
        )
        kept.catalogue.write_products(
            [
                a_product(
                    product_id=ProductId(name),
                    category_id=CategoryId(f"{name.split('-')[0]}s"),
                    title=name.replace("-", " ").title(),
                    price=10.0 * (number + 1),
                )
                for number, name in enumerate(_PRODUCTS)
            ]
        )
        kept.priors.write_many(GENERATION, PRIORS.items())
        kept.priors.register(a_generation(generation_id=GENERATION))
        kept.priors.promote(GENERATION)
        kept.history.append(past_events())
