"""Amazon India's listing pages: prices in rupees, and texts where numbers should be."""

import re
from collections.abc import Mapping

from importers import stars
from importers.identity import stable_number
from importers.loader import CatalogueOnly, required_text
from importers.readings.kinds import ColumnKind, Names
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product, ProductDetails

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
_COLUMNS = (*REQUIRED, ("image",), ("main_category",))
KINDS: Mapping[Names, ColumnKind] = {
    ("ratings",): ColumnKind.STARS,
    ("no_of_ratings",): ColumnKind.WHOLE,
    ("discount_price",): ColumnKind.MONEY,
    ("actual_price",): ColumnKind.MONEY,
}
_ASIN = re.compile(r"/dp/([A-Z0-9]{10})")


class AmazonIndiaLoader(CatalogueOnly):
    """Products by the number in their address; the price is the discounted one if there is one."""

    columns = _COLUMNS
    kinds = KINDS
    currency = "INR"
    decimal = "."

    def take(self, values: Values, sink: ImportSink) -> None:
        title, kind, address, star, raters, discounted, full, picture, main = self._select(values)
        name, link = required_text(title, "title"), required_text(address, "link")
        product_id = _product_id(link)
        category = fields.text(kind) or "Uncategorised"
        rating = stars.rating(star, sink, "ratings")
        price = stars.price(discounted, sink, "discount_price")
        list_price = stars.price(full, sink, "actual_price")
        if price is None:
            price, list_price = list_price, None
        rating_count = stars.count(raters, sink, "no_of_ratings")
        if not self._listings.takes(product_id, rating=rating, price=price):
            return
        sink.product(
            Product(
                product_id=ProductId(product_id),
                category_id=self.put_category(fields.slug(category), category, sink),
                title=name,
                price=price,
                list_price=list_price,
                currency=self._currency,
                rating=rating,
                rating_count=rating_count if rating else 0,
                image_url=fields.text(picture),
            ),
            ProductDetails(
                product_id=ProductId(product_id),
                category_path=tuple(filter(None, (fields.text(main), category))),
                page_url=link,
            ),
        )

    def finish(self, sink: ImportSink) -> None:
        unknown = self._listings.unknown
        gaps = (
            (unknown["rating"], "rows have no rating"),
            (unknown["price"], "rows have no known price"),
        )
        self.note_gaps(sink, gaps)


def _product_id(link: str) -> str:
    found = _ASIN.search(link)
    return found.group(1) if found else f"{stable_number(NAME, link):032x}"
