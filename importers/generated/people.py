"""People of a made-up shop and what they like: categories, brands, a size and a price.

A person's next product is drawn in proportion to

    popularity * (LIKED if of a liked category else 1) * (LIKED_BRAND if of a liked brand else 1)
    * (1 if made in the person's size else OTHER_SIZE)
    * exp(-(ln price - ln liked price)^2 / 2 / SPREAD^2),

`AGAIN` of them being one that the person had before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Product

PRODUCTS, CATEGORIES, BRANDS = 600, 20, 15
SIZES = ("XS", "S", "M", "L", "XL")
MOST_SIZES = 3
"""Of one product: where all are made in all sizes, a size tells nothing."""
LIKED_CATEGORIES, LIKED_BRANDS = 2, 3
LIKED, LIKED_BRAND, OTHER_SIZE, SPREAD = 12.0, 6.0, 0.15, 0.5
MEAN_PRICE, PRICE_SPREAD = 30.0, 0.8
"""The mean is of logarithms, as is the spread."""
POPULARITY_FALL = 0.6
"""The n-th product is as popular as n to the power of minus this."""
AGAIN = 0.15
Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Taste:
    size: str
    chances: Weights
    """Of each product and all before it to be the next one, summed up."""

    def draw(self, random: Generator, had: Sequence[int]) -> int:
        """Return the place of a product; `had` are those that may come again."""
        if had and random.random() < AGAIN:
            return int(random.choice(had))
        return int(self.chances.searchsorted(random.random() * self.chances[-1], side="right"))


@dataclass(frozen=True, slots=True)
class TastedProducts:
    """The products, one a row, with what tastes are about."""

    products: Sequence[Product]
    sizes: Sequence[Sequence[str]]
    popularity: Weights
    prices: Weights
    """Logarithms."""
    category: NDArray[np.int64]
    brand: NDArray[np.int64]

    @classmethod
    def make(cls, random: Generator) -> "TastedProducts":
        """Return products of every category, the same for the same generator."""
        sizes = [_sizes(random) for _ in range(PRODUCTS)]
        popularity = np.array((1.0 + random.permutation(PRODUCTS)) ** -POPULARITY_FALL, np.float64)
        prices = np.log(MEAN_PRICE) + random.normal(0.0, PRICE_SPREAD, PRODUCTS)
        category, brand = np.arange(PRODUCTS) % CATEGORIES, random.integers(0, BRANDS, PRODUCTS)
        products = [
            Product(
                product_id=ProductId(f"p{number}"),
                category_id=CategoryId(f"c{category[number]}"),
                title=f"Product {number}",
                brand=f"b{brand[number]}",
                price=round(float(np.exp(prices[number])), 2),
            )
            for number in range(PRODUCTS)
        ]
        return cls(products, sizes, popularity, prices, category, brand)

    def with_variants(self) -> Iterator[Product]:
        """Yield each product, then its variants."""
        for product, sizes in zip(self.products, self.sizes, strict=True):
            yield product
            for size in sizes:
                yield Product(
                    product_id=variant_of(product, size),
                    category_id=product.category_id,
                    title=f"{product.title}, {size}",
                    price=product.price,
                    brand=product.brand,
                    size=size,
                    group_id=product.product_id,
                )

    def taste(self, random: Generator) -> Taste:
        """Return what somebody likes."""
        liked = random.choice(CATEGORIES, LIKED_CATEGORIES, replace=False)
        brands = random.choice(BRANDS, LIKED_BRANDS, replace=False)
        size = str(random.choice(SIZES))
        price = np.log(MEAN_PRICE) + random.normal(0.0, PRICE_SPREAD)
        chances = self.popularity * np.exp(-((self.prices - price) ** 2) / 2 / SPREAD**2)
        chances *= np.where(np.isin(self.category, liked), LIKED, 1.0)
        chances *= np.where(np.isin(self.brand, brands), LIKED_BRAND, 1.0)
        chances *= [1.0 if size in sizes else OTHER_SIZE for sizes in self.sizes]
        return Taste(size, np.cumsum(chances))


def variant_of(product: Product, size: str) -> ProductId:
    return ProductId(f"{product.product_id}-{size}")


def _sizes(random: Generator) -> Sequence[str]:
    """Return sizes that lie side by side."""
    count = int(random.integers(1, MOST_SIZES + 1))
    first = int(random.integers(len(SIZES) - count + 1))
    return SIZES[first : first + count]
