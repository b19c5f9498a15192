"""A made-up shop whose shoppers have tastes that last, with what is true of them known.

Each person likes two categories, three brands and a price for good, with the strengths below; a
visit's products are drawn in proportion to

    popularity * (LIKED if of a liked category else 1) * (LIKED_BRAND if of a liked brand else 1)
    * exp(-(ln price - ln liked price)^2 / 2 / SPREAD^2),

one of `AGAIN` being one that they had before. Half of the visits are of people who are not known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from personalization.domain.event import Device, Event, EventType
from personalization.domain.identifiers import CategoryId, EventId, ProductId, SessionId, UserId
from personalization.domain.product import Product

LAST_DAY = datetime(2026, 6, 30, tzinfo=UTC)
DAYS = 60
HELD_OUT_DAYS = 6
CATEGORIES, BRANDS = 20, 15
LIKED, LIKED_BRAND, SPREAD = 12.0, 6.0, 0.5
AGAIN = 0.15
CARTS = 0.2
BUYS = 0.5
MEAN_VIEWS = 5
Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReturningShop:
    products: Sequence[Product]
    sessions: Sequence[Sequence[Event]]
    """By the time at which they began."""

    def split(self) -> tuple[list[Event], list[Sequence[Event]]]:
        """Return the events before the days that are held out, and the visits of those."""
        begins = LAST_DAY - timedelta(days=HELD_OUT_DAYS)
        before = [of for of in self.sessions if of[0].occurred_at < begins]
        return [event for of in before for event in of], list(self.sessions[len(before) :])


def returning_shop(seed: int, people: int = 400, products: int = 600) -> ReturningShop:
    """Return the same shop for the same seed; each person comes some six times."""
    random = np.random.default_rng(seed)
    catalogue = _catalogue(random, products)
    visits = sorted((start, person) for person in range(2 * people) for start in _starts(random))
    traits = _Traits.of(catalogue, random)
    tastes = [traits.taste(random) for _ in range(2 * people)]
    seen: list[list[int]] = [[] for _ in range(2 * people)]
    sessions = []
    for number, (start, person) in enumerate(visits):
        user_id = UserId(f"user-{person}") if person < people else None
        places = [*_places(random, tastes[person], seen[person])]
        viewed = [catalogue[at] for at in places]
        sessions.append([*_events(random, viewed, number, start, user_id)])
        seen[person] += places
    return ReturningShop(catalogue, sessions)


def _starts(random: np.random.Generator) -> list[datetime]:
    visits = 1 + random.poisson(5)
    back = random.integers(0, DAYS * 86_400, visits)
    return [LAST_DAY - timedelta(seconds=int(seconds)) for seconds in back]


def _catalogue(random: np.random.Generator, count: int) -> list[Product]:
    return [
        Product(
            product_id=ProductId(f"p{number}"),
            category_id=CategoryId(f"c{number % CATEGORIES}"),
            title=f"Product {number}",
            brand=f"b{random.integers(BRANDS)}",
            price=round(float(30 * random.lognormal(0.0, 0.8)), 2),
        )
        for number in range(count)
    ]


@dataclass(frozen=True, slots=True)
class _Traits:
    popularity: Weights
    categories: NDArray[np.int64]
    brands: Sequence[str]
    prices: Weights

    @classmethod
    def of(cls, products: Sequence[Product], random: np.random.Generator) -> "_Traits":
        return cls(
            1 / (1 + random.permutation(len(products))) ** 0.6,
            np.arange(len(products)) % CATEGORIES,
            [str(product.brand) for product in products],
            np.log([product.price or 1.0 for product in products]),
        )

    def taste(self, random: np.random.Generator) -> Weights:
        """Return the chance of each product to be the next one of a person."""
        liked = random.choice(CATEGORIES, 2, replace=False)
        brands = {f"b{brand}" for brand in random.choice(BRANDS, 3, replace=False)}
        price = np.log(30) + random.normal(0.0, 0.8)
        weights = (
            self.popularity
            * np.where(np.isin(self.categories, liked), LIKED, 1.0)
            * np.array([LIKED_BRAND if brand in brands else 1.0 for brand in self.brands])
            * np.exp(-((self.prices - price) ** 2) / 2 / SPREAD**2)
        )
        found: Weights = weights / weights.sum()
        return found


def _places(random: np.random.Generator, taste: Weights, seen: Sequence[int]) -> Iterator[int]:
    for _ in range(1 + random.poisson(MEAN_VIEWS - 1)):
        if seen and random.random() < AGAIN:
            yield int(random.choice(seen))
        else:
            yield int(random.choice(len(taste), p=taste))


def _events(
    random: np.random.Generator,
    products: Sequence[Product],
    number: int,
    start: datetime,
    user_id: UserId | None,
) -> Iterator[Event]:
    def event(step: int, kind: EventType, chosen: Sequence[ProductId]) -> Event:
        moment = start + timedelta(seconds=20 * step)
        return Event(
            event_id=EventId(f"{number}-{step}"),
            session_id=SessionId(f"visit-{number}"),
            type=kind,
            occurred_at=moment,
            received_at=moment,
            product_ids=tuple(chosen),
            device=Device.DESKTOP,
            user_id=user_id,
        )

    step, cart = 0, list[ProductId]()
    for product in products:
        yield event(step, EventType.PRODUCT_VIEW, [product.product_id])
        step += 1
        if product.product_id not in cart and random.random() < CARTS:
            cart.append(product.product_id)
            yield event(step, EventType.ADD_TO_CART, [product.product_id])
            step += 1
    if cart and random.random() < BUYS:
        yield event(step, EventType.CHECKOUT, cart)
