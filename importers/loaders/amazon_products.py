"""Amazon Products 2023: 1.4 million products with stars, and its sisters of other countries."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from importers import stars
from importers.loader import CatalogueOnly, required_text
from importers.readings.kinds import ColumnKind, Names
from importers.readings.options import FormatOptions
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.csv_table import CsvTable
from importers.tables.table import TableRow, Values, present
from personalization.domain.errors import ImportRejectedError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Product, ProductDetails

NAME = "amazon-products"
REQUIRED = (("asin",), ("title",), ("stars",), ("price",))
_COLUMNS = (
    *REQUIRED,
    ("reviews",),
    ("category_id",),
    ("categoryName",),
    ("imgUrl",),
    ("productURL",),
    ("boughtInLastMonth",),
    ("listPrice",),
    ("isBestSeller",),
)
KINDS: Mapping[Names, ColumnKind] = {
    ("asin",): ColumnKind.ID,
    ("stars",): ColumnKind.STARS,
    ("price",): ColumnKind.MONEY,
    ("reviews",): ColumnKind.WHOLE,
    ("category_id",): ColumnKind.ID,
    ("boughtInLastMonth",): ColumnKind.WHOLE,
    ("listPrice",): ColumnKind.MONEY,
}
_CATEGORY_COLUMNS = (("id",), ("category_name",))
UNCATEGORISED = "uncategorised"
_CURRENCIES = {
    "amazon.com/": "USD",
    "amazon.in/": "INR",
    "amazon.co.uk/": "GBP",
    "amazon.ca/": "CAD",
    "amazon.de/": "EUR",
}
"""By the product's address; without one the schema decides."""


class AmazonProductsLoader(CatalogueOnly):
    """Products with ratings. 0 stars means unrated, a price of 0 unknown.

    A product whose category the list of categories does not know is kept, under
    `uncategorised`: its title, price and rating are as good as any other's.
    """

    columns = _COLUMNS
    kinds = KINDS

    def __init__(self, path: Path, options: FormatOptions) -> None:
        """Take the names of the categories from a file beside `path`, if there is one."""
        super().__init__()
        self._names = _category_names(path.parent, options)
        self._uncategorised = 0

    def begin(self, columns: Sequence[str], currency: str | None) -> None:
        has_names = bool(present(columns, [("categoryName",)]))
        super().begin(columns, "INR" if has_names else None)
        self._known_currency = currency

    def take(self, values: Values, sink: ImportSink) -> None:
        asin, title, star, cost, reviews, number, category, image, address, bought, full, best = (
            self._select(values)
        )
        product_id, name = required_text(asin, "asin"), required_text(title, "title")
        rating = stars.rating(star, sink, "stars")
        price = stars.price(cost, sink, "price")
        if not self._listings.takes(product_id, rating=rating, price=price):
            return
        category_id = self._category(number, category, sink)
        list_price = stars.price(full, sink, "listPrice")
        sink.product(
            Product(
                product_id=ProductId(product_id),
                category_id=category_id,
                title=name,
                price=price,
                list_price=list_price if price and list_price and list_price > price else None,
                currency=self._known_currency or _currency(fields.text(address), self._currency),
                rating=rating,
                rating_count=stars.count(reviews, sink, "reviews") if rating else 0,
                bought_last_month=stars.count(bought, sink, "boughtInLastMonth"),
                image_url=fields.text(image),
            ),
            ProductDetails(
                product_id=ProductId(product_id),
                category_path=self.path_of(category_id),
                page_url=fields.text(address),
                attributes=(("best_seller", True),) if _is_yes(best) else (),
            ),
        )

    def finish(self, sink: ImportSink) -> None:
        unknown = self._listings.unknown
        gaps = (
            (unknown["rating"], "rows are unrated (0 stars): they have no rating, not a bad one"),
            (unknown["price"], "rows have no known price (0)"),
            (self._uncategorised, f"rows of no known category are under '{UNCATEGORISED}'"),
        )
        self.note_gaps(sink, gaps)

    def _category(self, number: object, written: object, sink: ImportSink) -> CategoryId:
        name = fields.text(written)
        category_id = None if name is None else fields.slug(name)
        if category_id is None:
            category_id = fields.text(number)
            name = self._names.get(category_id or "")
            if name is None and not self._names and category_id is not None:
                name = f"Category {category_id}"
        if not category_id or name is None:
            self._uncategorised += 1
            category_id, name = UNCATEGORISED, "Uncategorised"
        return self.put_category(category_id, name, sink)


def _is_yes(value: object) -> bool:
    return value is True or (fields.text(value) or "").casefold() == "true"


def _currency(address: str | None, otherwise: str) -> str:
    if address is None:
        return otherwise
    return next((money for host, money in _CURRENCIES.items() if host in address), otherwise)


def _category_names(folder: Path, options: FormatOptions) -> Mapping[str, str]:
    """Return the categories' names by id from a `*categories*.csv` of the folder."""
    for path in sorted(folder.iterdir()):
        if not (path.suffix.casefold() == ".csv" and "categories" in path.name.casefold()):
            continue
        table = CsvTable(path, options.encoding, options.delimiter)
        columns = present(table.columns, _CATEGORY_COLUMNS)
        if len(columns) != len(_CATEGORY_COLUMNS):
            continue
        rows = [row.values for row in table.rows(columns) if isinstance(row, TableRow)]
        problem = table.problem()
        if problem is not None:
            raise ImportRejectedError(problem)
        return {str(number).strip(): str(name).strip() for number, name in rows}
    return {}
