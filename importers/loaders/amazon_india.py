"""Amazon India's listing pages: prices in rupees, and texts where numbers should be."""

import re

from importers import stars
from importers.duplicates import Listings
from importers.identity import stable_number
from importers.loader import CatalogueOnly
from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values, selector
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product

NAME = "amazon-india"
REQUIRED = (
    ("name",),
    ("sub_category",),
    ("link",),
    ("ratings",),
    ("no_of_ratings",),
    ("discount_price",),
    ("actual_price",),
)
_COLUMNS = (*REQUIRED, ("image",))
_ASIN = re.compile(r"/dp/([A-Z0-9]{10})")


class AmazonIndiaLoader(CatalogueOnly):
    """Products by the number in their address; the price is the discounted one if there is one."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._select = selector(("name", "link"), _COLUMNS)
        self._listings = Listings()
        self._told: set[str] = set()
        self._unrated = self._unpriced = 0

    def begin(self, columns: tuple[str, ...]) -> None:
        """Learn how the file spells its columns."""
        self._select = selector(columns, _COLUMNS)

    def take(self, values: Values, sink: ImportSink) -> None:
        """Turn a row into a product."""
        name, shelf, link, star, raters, discounted, full, image = map(
            fields.text, self._select(values)
        )
        if name is None:
            raise RowRejectedError("no title")
        if link is None:
            raise RowRejectedError("no link")
        product_id = _product_id(link)
        rating = stars.rating(star, sink, "ratings")
        price = stars.price(discounted, sink, "discount_price")
        if price is None:
            price = stars.price(full, sink, "actual_price")
        rating_count = stars.count(raters, sink, "no_of_ratings")
        if not self._listings.takes(product_id, rating, price):
            return
        self._unrated += rating is None
        self._unpriced += price is None
        sink.product(
            Product(
                product_id=ProductId(product_id),
                category_id=self._category(shelf or "Uncategorised", sink),
                title=name,
                price=price,
                currency="INR",
                rating=rating,
                rating_count=rating_count if rating else 0,
                image_url=image,
            )
        )

    def finish(self, sink: ImportSink) -> None:
        """Tell what is unknown of how many products."""
        for count, note in (
            (self._unrated, "rows have no rating"),
            (self._unpriced, "rows have no known price"),
            (self._listings.repeated, "rows repeat a product; the last of the most complete stays"),
        ):
            if count:
                sink.notes.append(f"{count:,} {note}")
        sink.absent["events"] = "the data set is a catalogue: it has no views, carts or purchases"

    def _category(self, shelf: str, sink: ImportSink) -> CategoryId:
        category_id = fields.slug(shelf)
        if category_id not in self._told:
            self._told.add(category_id)
            sink.category(Category(category_id=CategoryId(category_id), name=shelf))
        return CategoryId(category_id)


def _product_id(link: str) -> str:
    found = _ASIN.search(link)
    return found.group(1) if found else f"{stable_number(NAME, link):032x}"
