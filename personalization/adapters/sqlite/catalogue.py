from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database, Row
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product

PRODUCTS_PER_PAGE = 5_000
"""About 2 MB of products at a time."""

_COLUMNS = tuple(field.name for field in fields(Product))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM products"  # noqa: S608 - names of fields
_READ_PRODUCTS = f"{_SELECT} WHERE product_id IN (SELECT value FROM json_each(?))"  # noqa: S608
_READ_PAGE = f"{_SELECT} WHERE product_id > ? ORDER BY product_id LIMIT ?"
_READ_CATEGORIES = (
    "SELECT category_id, name FROM categories WHERE category_id IN (SELECT value FROM json_each(?))"
)
_UPDATES = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])
_WRITE_PRODUCT = (
    f"INSERT INTO products ({', '.join(_COLUMNS)}) "  # noqa: S608 - names of fields
    f"VALUES ({', '.join('?' * len(_COLUMNS))}) "
    f"ON CONFLICT (product_id) DO UPDATE SET {_UPDATES}"
)
_WRITE_CATEGORY = (
    "INSERT INTO categories (category_id, name) VALUES (?, ?) "
    "ON CONFLICT (category_id) DO UPDATE SET name = excluded.name"
)


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
        return {row[0]: Category(category_id=row[0], name=row[1]) for row in rows}

    def all_categories(self) -> Sequence[Category]:
        rows = self._database.read("SELECT category_id, name FROM categories ORDER BY category_id")
        return [Category(category_id=row[0], name=row[1]) for row in rows]

    def all_products(self) -> Iterator[Sequence[Product]]:
        for page in self._database.read_pages(_READ_PAGE, ("",), PRODUCTS_PER_PAGE):
            yield [_product(row) for row in page]

    def product_count(self) -> int:
        [(count,)] = self._database.read("SELECT count(*) FROM products")
        return int(count)

    def close(self) -> None:
        self._database.close()


def _product_row(product: Product) -> Row:
    values = [getattr(product, name) for name in _COLUMNS]
    return tuple(value.isoformat() if isinstance(value, date) else value for value in values)


def _product(row: tuple[Any, ...]) -> Product:
    values = dict(zip(_COLUMNS, row, strict=True))
    if values["listed_on"] is not None:
        values["listed_on"] = date.fromisoformat(values["listed_on"])
    if values["retired_at"] is not None:
        values["retired_at"] = datetime.fromisoformat(values["retired_at"])
    return Product(**values)
