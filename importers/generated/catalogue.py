"""The products of the made-up shop and the tastes of its shoppers."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.random import Generator

from personalization.domain.context import Season
from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.domain.product import Product

CATEGORIES = (
    "dresses", "coats", "trousers", "skirts", "shirts", "knitwear", "shoes", "swimwear",
)  # fmt: skip
PRODUCTS_A_CATEGORY = 15
UNRATED_SHARE = 0.1
NEW_SHARE = 0.08
NEW_DAYS = 14
TRENDING_PRODUCTS = 3
REGIONS = {"pl": 0.4, "de": 0.25, "gb": 0.15, "us": 0.12, "au": 0.08}
"""Country -> share of the visits."""
_FAVOURITES = {"pl": "dresses", "de": "coats", "gb": "knitwear", "us": "shirts", "au": "shoes"}
_SEASONAL = {
    Season.WINTER: ("coats", "knitwear"),
    Season.SPRING: ("skirts", "shirts"),
    Season.SUMMER: ("swimwear", "dresses"),
    Season.AUTUMN: ("trousers", "knitwear"),
}
_REGION_PULL = 3.0
_SEASON_PULL = 2.5
_TYPICAL_PRICES = (59.0, 129.0, 49.0, 39.0, 35.0, 55.0, 79.0, 29.0)
_COLOURS = ("black", "white", "navy blue", "red", "green", "beige", "grey", "pink")
_STYLES = ("Linen", "Cotton", "Wool", "Silk", "Denim", "Velvet", "Pleated", "Classic")
_KINDS = ("dress", "coat", "trousers", "skirt", "shirt", "jumper", "shoes", "swimsuit")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedProduct:
    """A product and what shoppers will do with it; other products are named by their index."""

    product: Product
    category: int
    """Place of its category."""
    popularity: float
    companions: tuple[int, ...]
    """Products that are looked at next: two of the same category, one of another."""
    partner: int
    """The product it is bought with."""
    trending: bool


def planted_products(random: Generator, first_day: date, last_day: date) -> list[PlantedProduct]:
    """Return the shop's products, category by category."""
    total = len(CATEGORIES) * PRODUCTS_A_CATEGORY
    trending = set(random.choice(total, TRENDING_PRODUCTS, replace=False).tolist())
    return [
        PlantedProduct(
            product=_product(random, place, first_day, last_day),
            category=place // PRODUCTS_A_CATEGORY,
            popularity=1.0 / (1 + place % PRODUCTS_A_CATEGORY) ** 0.7,
            companions=_companions(random, place, total),
            partner=(place + PRODUCTS_A_CATEGORY) % total,
            trending=place in trending,
        )
        for place in range(total)
    ]


def taste(region: Region, season: Season) -> list[float]:
    """Return the chance of each category to be what a visit is about."""
    pulls = np.ones(len(CATEGORIES))
    pulls[CATEGORIES.index(_FAVOURITES[region])] *= _REGION_PULL
    for name in _SEASONAL[season]:
        pulls[CATEGORIES.index(name)] *= _SEASON_PULL
    return [float(pull) for pull in pulls / pulls.sum()]


def _companions(random: Generator, place: int, total: int) -> tuple[int, ...]:
    first = place // PRODUCTS_A_CATEGORY * PRODUCTS_A_CATEGORY
    category = range(first, first + PRODUCTS_A_CATEGORY)
    nearby = [number for number in category if number != place]
    elsewhere = [number for number in range(total) if number not in category]
    same = random.choice(nearby, 2, replace=False).tolist()
    return (*same, int(random.choice(elsewhere)))


def _product(random: Generator, place: int, first_day: date, last_day: date) -> Product:
    category = place // PRODUCTS_A_CATEGORY
    colour, style = str(random.choice(_COLOURS)), str(random.choice(_STYLES))
    is_rated, is_new = random.random() >= UNRATED_SHARE, random.random() < NEW_SHARE
    newest = last_day - timedelta(days=int(random.integers(1, NEW_DAYS)))
    stars = round(float(np.clip(random.normal(4.0, 0.5), 1.0, 5.0)), 1)
    return Product(
        product_id=ProductId(f"{CATEGORIES[category][:2].upper()}{place:03d}"),
        category_id=CategoryId(CATEGORIES[category]),
        title=f"{style} {_KINDS[category]} in {colour}",
        price=round(float(_TYPICAL_PRICES[category] * random.lognormal(0.0, 0.3)), 2),
        rating=stars if is_rated else None,
        rating_count=int(random.integers(1, 400)) if is_rated else 0,
        colour=colour,
        listed_on=newest if is_new else first_day,
    )
