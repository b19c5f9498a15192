"""Makes products of rows whose cells are known by what they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from importers import stars
from importers.catalogue_files import cells
from importers.catalogue_files.category_tree import CategoryTree
from importers.catalogue_files.roles import ROLES
from importers.loader import required_text
from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from personalization.domain.identifiers import ProductId
from personalization.domain.product import (
    AttributeValue,
    Availability,
    Product,
    ProductDetails,
)
from personalization.readings.currencies import CURRENCIES

Row = Mapping[str, object]
"""What a cell is (of `ROLES`) -> its value, as its column reads it."""
Attributes = tuple[tuple[str, AttributeValue], ...]
_MOST_STOCK: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A product with its details."""

    product: Product
    details: ProductDetails


@dataclass(frozen=True, slots=True)
class _Prices:
    price: float | None
    list_price: float | None


class ProductRows:
    """Reads rows of one import; of a file, unreadable values are counted and unknown."""

    def __init__(self, now: datetime, currency: str) -> None:
        """Take what prices are in where neither row nor column says it."""
        self._now = now
        self.currency = currency
        self.tree = CategoryTree()

    def entry(self, row: Row, attributes: Attributes, sink: ImportSink) -> CatalogueEntry:
        """Return the product of a row; raises `RowRejectedError` where it is none."""
        product_id = ProductId(required_text(row.get("id"), "id"))
        title = cells.title(row.get("title"))
        path = _path(row, sink)
        group = fields.text(row.get("group_id"))
        prices = self._prices(row, sink)
        images: tuple[str, ...] = ()
        if "images" in row:
            images = sink.readable(cells.addresses, row["images"], ROLES["images"][0]) or ()
        image, *others = (*self._image(row, sink), *images) or (None,)
        rating = stars.rating(row.get("rating"), sink, "rating")
        product = Product(
            product_id=product_id,
            category_id=self.tree.put(
                path,
                sink,
                fields.text(row.get("category_id")),
                fields.text(row.get("category_parent_id")),
            ),
            title=title,
            price=prices.price,
            list_price=prices.list_price,
            currency=self._currency_of(row),
            rating=rating,
            rating_count=stars.count(row.get("rating_count"), sink, "rating_count")
            if rating
            else 0,
            bought_last_month=stars.count(row.get("bought"), sink, "bought_last_month"),
            image_url=image,
            group_id=None if group in (None, product_id) else ProductId(str(group)),
            brand=_name(row, "brand", sink),
            size=_name(row, "size", sink),
            colour=_name(row, "colour", sink),
            availability=_availability(row),
            stock=_stock(row, sink),
            listed_on=_day(row, "listed_on", sink),
            available_from=_moment_of(row, "available_from", sink),
            available_until=_moment_of(row, "available_until", sink),
            markets=tuple(market.casefold() for market in _names(row, "markets", sink)),
        )
        details = _details_of(row, product_id, path, [url for url in others if url], sink)
        return CatalogueEntry(product, replace(details, attributes=attributes))

    def _currency_of(self, row: Row) -> str:
        written = fields.text(row.get("currency"))
        if written is None:
            return self.currency
        if written.upper() not in CURRENCIES:
            raise RowRejectedError("unknown currency", f"currency {written[:40]!r}")
        return written.upper()

    def _prices(self, row: Row, sink: ImportSink) -> _Prices:
        """Return what it costs now, and what it did before a reduction."""
        price = _price(row, "price", sink)
        before = _price(row, "list_price", sink)
        sale = _price(row, "sale_price", sink)
        if sale is not None and (price is None or sale < price) and self._on_sale_now(row, sink):
            price, before = sale, before or price
        is_reduced = price is not None and before is not None and before > price
        return _Prices(price, before if is_reduced else None)

    def _on_sale_now(self, row: Row, sink: ImportSink) -> bool:
        """Whether a sale price holds; one without dates does."""
        dates = sink.readable(_interval, row.get("sale_dates"), ROLES["sale_dates"][0])
        return dates is None or dates[0] <= self._now <= dates[1]

    def _image(self, row: Row, sink: ImportSink) -> tuple[str, ...]:
        found = sink.readable(cells.address, row.get("image"), ROLES["image"][0])
        return () if found is None else (found,)


def _details_of(
    row: Row, product_id: ProductId, path: tuple[str, ...], images: Sequence[str], sink: ImportSink
) -> ProductDetails:
    return ProductDetails(
        product_id=product_id,
        description=cells.description(row.get("description")),
        category_path=path,
        gender=(_name(row, "gender", sink) or "").casefold() or None,
        sizes=_names(row, "sizes", sink),
        colours=_names(row, "colours", sink),
        material=_name(row, "material", sink),
        tags=_names(row, "tags", sink),
        cost=_price(row, "cost", sink),
        page_url=sink.readable(cells.address, row.get("page"), "page_url"),
        image_urls=tuple(images),
    )


def _availability(row: Row) -> Availability:
    try:
        return cells.availability(row.get("availability")) or Availability.IN_STOCK
    except ValueError as error:
        raise RowRejectedError("unknown availability", str(error)) from error


def _stock(row: Row, sink: ImportSink) -> int | None:
    stock = sink.readable(cells.pieces, row.get("stock"), "stock")
    return None if stock is None else min(max(stock, 0), _MOST_STOCK)


def _path(row: Row, sink: ImportSink) -> tuple[str, ...]:
    path = sink.readable(cells.path, row.get("category"), ROLES["category"][0])
    if path:
        return path
    taxonomy = fields.text(row.get("google_category"))
    if taxonomy is None or taxonomy.isdigit():
        # A number of Google's list says nothing without the list.
        return ()
    return sink.readable(cells.path, taxonomy, ROLES["google_category"][0]) or ()


def _name(row: Row, role: str, sink: ImportSink) -> str | None:
    if role not in row:
        return None
    return sink.readable(cells.text, row.get(role), ROLES[role][0])


def _names(row: Row, role: str, sink: ImportSink) -> tuple[str, ...]:
    if role not in row:
        return ()
    return sink.readable(cells.texts, row.get(role), ROLES[role][0]) or ()


def _day(row: Row, role: str, sink: ImportSink) -> date | None:
    moment = _moment_of(row, role, sink)
    return None if moment is None else moment.date()


def _moment_of(row: Row, role: str, sink: ImportSink) -> datetime | None:
    return sink.readable(fields.moment, row[role], role) if role in row else None


def _price(row: Row, role: str, sink: ImportSink) -> float | None:
    return stars.price(row[role], sink, role) if role in row else None


def _interval(value: object) -> tuple[datetime, datetime] | None:
    """Return the moments of `2026-01-01T00:00+0100/2026-01-31T23:59+0100`."""
    if isinstance(value, tuple):
        start, end = value
        first = start or datetime.min.replace(tzinfo=UTC)
        return (first, end or datetime.max.replace(tzinfo=UTC))
    written = fields.text(value)
    if written is None:
        return None
    start, sign, end = written.partition("/")
    if not sign:
        raise ValueError(f"{written[:60]!r} is no interval of dates")
    return _moment(start), _moment(end)


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written.strip())
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
