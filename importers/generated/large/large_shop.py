"""What a large made-up shop is like: how much of everything, and how its products lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from personalization.domain.errors import ImportRejectedError

Whole = NDArray[np.int64]
Amounts = NDArray[np.float64]

CATEGORIES = 248
"""As many as Amazon Products 2023 has."""
HEAD = 10.0
"""Of the popularity 1 / (rank + HEAD): the larger, the flatter the head."""
MOST_EVENTS_A_PART = 400_000
"""Of a day that are made at a time, in about 300 MiB."""
MOST_PRODUCTS = 36**6
"""As many as their numbers have room for."""
_TYPICAL_PRICE = 3.2
"""Logarithm of it: about 25 dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeShop:
    """The same values make the same shop, and a day of it is the same with others or alone."""

    last_day: date
    products: int = 1_300_000
    events: int = 20_000_000
    """Over all days; an order is one event, whatever it has of lines."""
    days: int = 60
    seed: int = 7
    users: int = 300_000
    hot_share: float = 0.0
    """Of all views that go to the first product, beside those it has anyway."""

    def __post_init__(self) -> None:
        if not CATEGORIES <= self.products <= MOST_PRODUCTS:
            raise ImportRejectedError(
                f"A large shop has {CATEGORIES} to {MOST_PRODUCTS:,} products,"
                f" not {self.products:,}."
            )
        if min(self.events, self.days, self.users) < 1 or self.seed < 0:
            raise ImportRejectedError("Events, days and users are 1 or more, the seed 0 or more.")
        if not 0 <= self.hot_share < 1:
            raise ImportRejectedError(f"The share of one product is below 1, not {self.hot_share}.")

    def events_by_day(self) -> Iterator[tuple[date, int]]:
        """Yield the days, the first one first, each with its number of events."""
        whole, rest = divmod(self.events, self.days)
        first = self.last_day - timedelta(days=self.days - 1)
        for number in range(self.days):
            yield first + timedelta(days=number), whole + (number < rest)

    def random(self, *place: int) -> Generator:
        """Return the random numbers of one part of the shop, which no other part changes."""
        return default_rng([self.seed, *place])


@dataclass(frozen=True, slots=True)
class Shelf:
    """The products by their numbers: neighbours in number are neighbours for shoppers."""

    by_rank: Whole
    """Rank of popularity -> number."""
    category: Whole
    category_start: Whole
    """First number of each category, and the number of products behind them."""
    price: Amounts

    @classmethod
    def fill(cls, shop: LargeShop) -> "Shelf":
        random = shop.random(0)
        sizes = 1.0 / (np.arange(CATEGORIES) + 20.0)
        ends = np.cumsum(1 + np.floor((shop.products - CATEGORIES) * sizes / sizes.sum()))
        start = np.concatenate([[0], ends]).astype(np.int64)
        start[-1] = shop.products
        category = np.repeat(np.arange(CATEGORIES), np.diff(start))
        typical = random.normal(_TYPICAL_PRICE, 0.5, CATEGORIES)[category]
        price = np.round(np.exp(typical + random.normal(0.0, 0.6, shop.products)), 2)
        return cls(random.permutation(shop.products), category, start, np.maximum(price, 0.5))

    def popular(self, random: Generator, count: int) -> Whole:
        """Draw products by their popularity: a heavy head and a long tail."""
        ranks = HEAD * ((len(self.by_rank) / HEAD + 1) ** random.random(count) - 1)
        return self.by_rank[np.minimum(ranks.astype(np.int64), len(self.by_rank) - 1)]
