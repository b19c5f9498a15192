from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database, Row
from personalization.codec.json_codec import JsonCodec
from personalization.domain.access.shop import SHOP
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Availability, Category, Product, ProductDetails

PRODUCTS_PER_PAGE = 5_000
"""About 2 MB of products at a time."""

_COLUMNS = tuple(field.name for field in fields(Product))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM products"  # noqa: S608 - names of fields
_READ_PRODUCTS = f"{_SELECT} WHERE product_id IN (SELECT value FROM json_each(?))"  # noqa: S608
_READ_VARIANTS = (
    f"{_SELECT} WHERE group_id IS NOT NULL "  # noqa: S608 - names of fields
    "AND group_id IN (SELECT value FROM json_each(?)) ORDER BY group_id, product_id"
)
_READ_PAGE = f"{_SELECT} WHERE product_id > ? ORDER BY product_id LIMIT ?"
_READ_CATEGORIES = (
    "SELECT category_id, name, parent_id FROM categories "
    "WHERE category_id IN (SELECT value FROM json_each(?))"
)
_ALL_CATEGORIES = "SELECT category_id, name, parent_id FROM categories ORDER BY category_id"
_READ_DETAILS = (
    "SELECT details FROM product_details "  # noqa: S608 - the shop is a constant
    f"WHERE shop = '{SHOP}' AND product_id IN (SELECT value FROM json_each(?))"
)
_WRITE_DETAILS = (
    "INSERT INTO product_details (shop, product_id, details) VALUES (?, ?, ?) "
    "ON CONFLICT (shop, product_id) DO UPDATE SET details = excluded.details"
)
_UPDATES = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])
_WRITE_PRODUCT = (
    f"INSERT INTO products ({', '.join(_COLUMNS)}) "  # noqa: S608 - names of fields
    f"VALUES ({', '.join('?' * len(_COLUMNS))}) "
    f"ON CONFLICT (product_id) DO UPDATE SET {_UPDATES}"
)
_WRITE_CATEGORY = (
    "INSERT INTO categories (category_id, name, parent_id) VALUES (?, ?, ?) "
    "ON CONFLICT (category_id) DO UPDATE SET name = excluded.name, parent_id = excluded.parent_id"
)
_DETAILS: JsonCodec[ProductDetails] = JsonCodec(ProductDetails)
_MOMENTS = ("retired_at", "available_from", "available_until")


class SqliteCatalogue:
    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self._database = Database(path, "catalogue", minimum_free_mib)

    def write_products(self, products: Sequence[Product]) -> None:
        self._database.write_rows(_WRITE_PRODUCT, map(_product_row, products))

    def write_categories(self, categories: Sequence[Category]) -> None:
        self._database.write_rows(_WRITE_CATEGORY, map(astuple, categories))

    def read_products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        rows = self._database.read_wanted(_READ_PRODUCTS, product_ids)
        return {row[0]: _product(row) for row in rows}

    def read_categories(self, category_ids: Sequence[CategoryId]) -> Mapping[CategoryId, Category]:
        rows = self._database.read_wanted(_READ_CATEGORIES, category_ids)
        return {row[0]: _category(row) for row in rows}

    def read_variants(
        self, group_ids: Sequence[ProductId]
    ) -> Mapping[ProductId, Sequence[Product]]:
        found: defaultdict[ProductId, list[Product]] = defaultdict(list)
        for product in map(_product, self._database.read_wanted(_READ_VARIANTS, group_ids)):
            found[ProductId(str(product.group_id))].append(product)
        return dict(found)

    def write_details(self, details: Sequence[ProductDetails]) -> None:
        rows = ((SHOP, written.product_id, _DETAILS.encode(written)) for written in details)
        self._database.write_rows(_WRITE_DETAILS, rows)

    def read_details(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, ProductDetails]:
        rows = self._database.read_wanted(_READ_DETAILS, product_ids)
        found = [_DETAILS.decode(row[0]) for row in rows]
        return {details.product_id: details for details in found}

    def all_categories(self) -> Sequence[Category]:
        return list(map(_category, self._database.read(_ALL_CATEGORIES)))

    def all_products(self) -> Iterator[Sequence[Product]]:
        for page in self._database.read_pages(_READ_PAGE, ("",), PRODUCTS_PER_PAGE):
            yield [_product(row) for row in page]

    def product_count(self) -> int:
        [(count,)] = self._database.read("SELECT count(*) FROM products")
        return int(count)

    def close(self) -> None:
        self._database.close()


def _category(row: Row) -> Category:
    return Category(category_id=row[0], name=row[1], parent_id=row[2])


def _product_row(product: Product) -> Row:
    return tuple([_column_value(getattr(product, name)) for name in _COLUMNS])


def _column_value(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return msgspec.json.encode(value).decode() if isinstance(value, tuple) else value


def _product(row: tuple[Any, ...]) -> Product:
    values = dict(zip(_COLUMNS, row, strict=True))
    if values["listed_on"] is not None:
        values["listed_on"] = date.fromisoformat(values["listed_on"])
    for name in _MOMENTS:
        if values[name] is not None:
            values[name] = datetime.fromisoformat(values[name])
    values["availability"] = Availability(values["availability"])
    # Of most products it is empty, and decisions read hundreds at a time.
    markets = values["markets"]
    values["markets"] = () if markets == "[]" else tuple(msgspec.json.decode(markets))
    return Product(**values)
