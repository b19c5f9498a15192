"""One made-up visit, as rows of a shop's own events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from numpy.random import Generator

from importers.generated.visits.made_shoppers import ShopperTaste
from importers.generated.visits.visited_products import VisitedProducts

MEAN_VIEWS, MOST_VIEWS = 6, 40
FOLLOWS_COMPANION, STAYS_IN_CATEGORY = 0.4, 0.75
"""Chances that the next view is a companion of the last one, or else in the visit's category."""
BEGINS_WITH_LIST, CARTS, REMOVES, BUYS, TAKES_PARTNER = 0.3, 0.12, 0.08, 0.55, 0.6
LIST, VIEW, CART, REMOVAL, ORDER = (
    "category_view", "product_view", "add_to_cart", "remove_from_cart", "checkout",
)  # fmt: skip
SECONDS_A_STEP: Final = (15, 75)


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A line of the log; of an order there is one for each product."""

    session: str
    moment: datetime
    kind: str
    category: str
    user: str | None
    region: str
    product: str | None = None
    price: float | None = None
    currency: str | None = None
    order: str | None = None


class MadeVisit:
    """What one shopper does, step by step."""

    def __init__(
        self, products: VisitedProducts, taste: ShopperTaste, random: Generator, start: datetime
    ) -> None:
        self._products, self._taste, self._random = products, taste, random
        self._moment = start
        self._own = taste.categories[int(random.integers(len(taste.categories)))]

    def rows(self, session: str, user: str | None, order: str) -> Iterator[VisitRow]:
        """Yield the rows by their time."""
        head = session, user, order
        if self._random.random() < BEGINS_WITH_LIST:
            yield VisitRow(session, self._step(), LIST, self._own, user, self._taste.region)
        cart: list[int] = []
        at: int | None = None
        for _ in range(min(MOST_VIEWS, 1 + int(self._random.poisson(MEAN_VIEWS - 1)))):
            at = self._next(at)
            yield self._row(head, VIEW, at)
            if at not in cart and self._random.random() < CARTS:
                yield from self._fill_cart(head, at, cart)
        if cart and self._random.random() < REMOVES:
            yield self._row(head, REMOVAL, cart.pop())
        if cart and self._random.random() < BUYS:
            moment = self._step()
            for bought in cart:
                yield self._row(head, ORDER, bought, moment)

    def _fill_cart(
        self, head: tuple[str, str | None, str], at: int, cart: list[int]
    ) -> Iterator[VisitRow]:
        cart.append(at)
        yield self._row(head, CART, at)
        partner = self._products.fellows_of(self._taste.audience, at).partner
        if partner not in cart and self._random.random() < TAKES_PARTNER:
            cart.append(partner)
            yield self._row(head, VIEW, partner)
            yield self._row(head, CART, partner)

    def _next(self, at: int | None) -> int:
        random, taste = self._random, self._taste
        if at is not None and random.random() < FOLLOWS_COMPANION:
            companions = self._products.fellows_of(taste.audience, at).companions
            return companions[int(random.integers(len(companions)))]
        stays = random.random() < STAYS_IN_CATEGORY
        category = (
            self._own if stays else taste.categories[int(random.integers(len(taste.categories)))]
        )
        return self._products.draw(random, taste.audience, category, taste.colours)

    def _row(
        self,
        head: tuple[str, str | None, str],
        kind: str,
        at: int,
        moment: datetime | None = None,
    ) -> VisitRow:
        session, user, order = head
        product = self._products.products[at]
        is_priced = kind in (CART, ORDER) and product.price is not None
        return VisitRow(
            session,
            moment or self._step(),
            kind,
            product.category_id,
            user,
            self._taste.region,
            product.product_id,
            product.price if is_priced else None,
            product.currency if is_priced else None,
            order if kind == ORDER else None,
        )

    def _step(self) -> datetime:
        now = self._moment
        self._moment += timedelta(seconds=int(self._random.integers(*SECONDS_A_STEP)))
        return now
