"""Made-up products with gaps and odd values, and filters that ask for them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import isnan
from random import Random
from typing import Any

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import (
    AttributeValue,
    Availability,
    Category,
    Product,
    ProductDetails,
)
from personalization.domain.product_changes import WholeProduct

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
BRANDS = ("Acme", "ACME ", "Föhn", "föhn", "शर्ट", "ẞtraße", "a" * 200, "")
SIZES = ("S", "m", "M", "XL / 44", "42", "ﬁt")
COLOURS = ("red", "RED", "navy blue", "Grün")
PRICES = (0.0, 9.99, 10.0, 19.99, 1e9, 16777217.0, float("nan"))
CATEGORIES = ("root", "tops", "shirts", "Shirts", "shoes", "lost")
ATTRIBUTES: tuple[AttributeValue, ...] = (
    "Slim", "slim", True, False, 1.0, 0.0, 2.5, "1", ("cold", "Iron"), (), 4006381333931.0,
)  # fmt: skip
NAMES = ("fit", "vegan", "Ünïcode näme", "odd.name", "rare")
MARKETS = ("de", "pl", "fr")
TREE = [
    Category(category_id=CategoryId("root"), name="Root"),
    Category(category_id=CategoryId("tops"), name="Tops", parent_id=CategoryId("root")),
    Category(category_id=CategoryId("shirts"), name="Shirts", parent_id=CategoryId("tops")),
    Category(category_id=CategoryId("shoes"), name="Shoes", parent_id=CategoryId("ring")),
    Category(category_id=CategoryId("ring"), name="Ring", parent_id=CategoryId("shoes")),
]


@dataclass
class RandomShop:
    seed: int
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def product(self, product_id: str) -> WholeProduct:
        draw = self.random
        product = Product(
            product_id=ProductId(product_id),
            category_id=CategoryId(draw.choice(CATEGORIES)),
            title="x",
            price=self._maybe(PRICES),
            list_price=self._maybe(PRICES),
            rating=self._maybe((1.0, 4.3, 5.0)),
            rating_count=draw.choice((0, 1, 50)),
            bought_last_month=draw.choice((0, 0, 3, 500)),
            colour=self._maybe(COLOURS),
            listed_on=self._maybe((date(2026, 3, 4), date(2026, 2, 2), date(1999, 1, 1))),
            brand=self._maybe(BRANDS),
            size=self._maybe(SIZES),
            availability=draw.choice(list(Availability)),
            stock=self._maybe((0, 3)),
            **self._limits(),
        )
        return WholeProduct(product, self._details(product.product_id))

    def filter(self, depth: int = 3) -> dict[str, Any]:
        draw = self.random
        kind = draw.choice(("all", "any", "not", "field", "field")) if depth else "field"
        if kind == "not":
            return {"not": self.filter(depth - 1)}
        if kind != "field":
            return {kind: [self.filter(depth - 1) for _ in range(draw.randrange(4))]}
        return self._condition()

    def _condition(self) -> dict[str, Any]:
        draw = self.random
        words = {
            "brand": [word for word in BRANDS if word],
            "size": SIZES,
            "colour": COLOURS,
            "gender": ("women", "Men"),
            "material": ("linen",),
            "tags": ("new", "Ω"),
            "category": (*CATEGORIES, "ring", "nowhere"),
            "availability": tuple(Availability),
            "on_sale": (True, False),
        }
        numbers = {
            "price": [price for price in PRICES if not isnan(price)],
            "list_price": (9.99, 10.0),
            "rating": (4.3,),
            "rating_count": (1, 0),
            "bought_last_month": (3, 4),
            "age_days": (0, 30, 29.5),
        }
        name = draw.choice([*words, *numbers, *(f"attributes.{name}" for name in (*NAMES, "no"))])
        if draw.random() < 0.15:
            return {"field": name, "exists": draw.random() < 0.5}
        if name.startswith("attributes.") and draw.random() < 0.3:
            return {"field": name, draw.choice(("at_least", "at_most")): draw.choice((0, 1, 2.5))}
        if name in numbers and draw.random() < 0.7:
            return {
                "field": name,
                draw.choice(("at_least", "at_most")): draw.choice(numbers[name]),
            }
        known = (
            words.get(name)
            or numbers.get(name)
            or [value for value in ATTRIBUTES if not isinstance(value, tuple)] + ["iron"]
        )
        return {"field": name, "is": draw.choices(list(known), k=draw.randrange(1, 3))}

    def _details(self, product_id: ProductId) -> ProductDetails:
        draw = self.random
        names = draw.sample(NAMES[:-1], draw.randrange(4)) + (
            ["rare"] if draw.random() < 0.02 else []
        )
        return ProductDetails(
            product_id=product_id,
            gender=self._maybe(("women", "men", " Women")),
            sizes=tuple(draw.sample(SIZES, draw.randrange(4))),
            colours=tuple(draw.sample(COLOURS, draw.randrange(3))),
            material=self._maybe(("linen", "")),
            tags=tuple(draw.sample(("new", "ω", "hot"), draw.randrange(3))),
            attributes=tuple((name, draw.choice(ATTRIBUTES)) for name in names),
        )

    def _limits(self) -> dict[str, Any]:
        draw = self.random
        hour = timedelta(hours=1)
        return {
            "retired_at": draw.choice((None, None, None, NOW - hour, NOW, NOW + hour)),
            "group_id": draw.choice((None, None, None, ProductId("group"))),
            "available_from": draw.choice((None, None, None, NOW - hour, NOW + hour)),
            "available_until": draw.choice((None, None, None, NOW, NOW + hour)),
            "markets": draw.choice(((), (), ("de",), ("pl", "fr"))),
        }

    def _maybe(self, values: tuple[Any, ...]) -> Any:
        return None if self.random.random() < 0.3 else self.random.choice(values)
