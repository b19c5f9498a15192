"""Purchase lines gathered into one checkout for each basket."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from importers.identity import event_id, session_id
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import ProductId, Region, UserId

MOST_OPEN = 10_000
"""Keeps memory bounded where a file is not in the order of time."""


@dataclass(slots=True, kw_only=True)
class Basket:
    """The distinct products that were bought together, in the order of their lines."""

    key: str
    moment: datetime
    user_id: UserId | None
    region: Region | None = None
    products: dict[ProductId, None] = field(default_factory=dict)

    def checkout(self, shop: str, *words: str) -> Event:
        """Return it as an event of the shop; the words tell its id from those of others."""
        products = tuple(self.products)
        return Event(
            event_id=event_id(shop, self.key, self.moment.isoformat(), *words, products[0]),
            session_id=session_id(shop, self.key),
            type=EventType.CHECKOUT,
            occurred_at=self.moment,
            received_at=self.moment,
            product_ids=products,
            region=self.region,
            user_id=self.user_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    """One product of the basket that `key` names."""

    key: str
    moment: datetime
    product_id: ProductId
    user_id: UserId | None
    region: Region | None = None


class OpenBaskets:
    """Baskets whose lines may still come; lines of different baskets may be mixed."""

    def __init__(self, window: timedelta) -> None:
        """Take how long after its first line a basket may get more of them."""
        self._window = window
        self._open: dict[str, Basket] = {}

    def add(self, line: BasketLine) -> list[Basket]:
        """Take a line and return the baskets that are complete by now."""
        complete = self._complete(line.moment)
        basket = self._open.get(line.key)
        if basket is None:
            basket = self._open[line.key] = Basket(
                key=line.key, moment=line.moment, user_id=line.user_id, region=line.region
            )
        basket.products.setdefault(line.product_id)
        return complete

    def close(self) -> list[Basket]:
        left = list(self._open.values())
        self._open = {}
        return left

    def _complete(self, now: datetime) -> list[Basket]:
        complete: list[Basket] = []
        while self._open:
            oldest = next(iter(self._open.values()))
            if oldest.moment + self._window >= now and len(self._open) < MOST_OPEN:
                break
            complete.append(self._open.pop(oldest.key))
        return complete
