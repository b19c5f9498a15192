import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import astuple, fields, replace
from pathlib import Path

import msgspec

from personalization.adapters.sqlite.catalogue_changes import (
    changes_since,
    note_categories,
    note_products,
)
from personalization.adapters.sqlite.database import (
    MINIMUM_FREE_MIB,
    ROWS_PER_TRANSACTION,
    Database,
    Row,
)
from personalization.adapters.sqlite.product_rows import (
    COLUMNS,
    SELECT_PRODUCTS,
    column_value,
    product_of,
    product_row,
)
from personalization.adapters.sqlite.product_search import find_products
from personalization.codec.json_codec import JsonCodec
from personalization.domain.access.shop import SHOP
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product, ProductDetails
from personalization.domain.product_changes import (
    ProductPage,
    ProductQuery,
    ProductUpdate,
    WholeProduct,
)
from personalization.ports.catalogue import CatalogueChanges

PRODUCTS_PER_PAGE = 5_000
"""About 2 MB of products at a time."""

_KNOWN_PRODUCTS = (
    "SELECT product_id FROM products WHERE product_id IN (SELECT value FROM json_each(?))"
)
_HAS_VARIANTS = "SELECT 1 FROM products WHERE group_id IS NOT NULL LIMIT 1"
_READ_PRODUCTS = (
    f"{SELECT_PRODUCTS} "  # noqa: S608 - names of fields
    "WHERE product_id IN (SELECT value FROM json_each(?))"
)
_READ_VARIANTS = (
    f"{SELECT_PRODUCTS} WHERE group_id IS NOT NULL "  # noqa: S608 - names of fields
    "AND group_id IN (SELECT value FROM json_each(?)) ORDER BY group_id, product_id"
)
_READ_PAGE = f"{SELECT_PRODUCTS} WHERE product_id > ? ORDER BY product_id LIMIT ?"
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
_UPDATES = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
_WRITE_PRODUCT = (
    f"INSERT INTO products ({', '.join(COLUMNS)}) "  # noqa: S608 - names of fields
    f"VALUES ({', '.join('?' * len(COLUMNS))}) "
    f"ON CONFLICT (product_id) DO UPDATE SET {_UPDATES}"
)
_WRITE_CATEGORY = (
    "INSERT INTO categories (category_id, name, parent_id) VALUES (?, ?, ?) "
    "ON CONFLICT (category_id) DO UPDATE SET name = excluded.name, parent_id = excluded.parent_id"
)
_DETAILS: JsonCodec[ProductDetails] = JsonCodec(ProductDetails)
_NAMES = frozenset(COLUMNS)
_DETAIL_NAMES = frozenset(field.name for field in fields(ProductDetails))


class SqliteCatalogue:
    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self._database = Database(path, "catalogue", minimum_free_mib)

    def write_products(self, products: Sequence[Product]) -> None:
        for start in range(0, len(products), ROWS_PER_TRANSACTION):
            chunk = products[start : start + ROWS_PER_TRANSACTION]
            with self._database.transaction() as connection:
                connection.executemany(_WRITE_PRODUCT, map(product_row, chunk))
                note_products(connection, [product.product_id for product in chunk])

    def replace_products(self, products: Sequence[WholeProduct]) -> None:
        with self._database.transaction() as connection:
            connection.executemany(
                _WRITE_PRODUCT, [product_row(whole.product) for whole in products]
            )
            connection.executemany(
                _WRITE_DETAILS, [_details_row(whole.details) for whole in products]
            )
            note_products(connection, [whole.product.product_id for whole in products])

    def update_products(self, updates: Sequence[ProductUpdate]) -> None:
        with self._database.transaction() as connection:
            for update in updates:
                _update_columns(connection, update)
            _update_details(connection, [update for update in updates if update.details])
            note_products(connection, [update.product_id for update in updates])

    def list_products(self, query: ProductQuery) -> ProductPage:
        return find_products(self._database, query)

    def write_categories(self, categories: Sequence[Category]) -> None:
        with self._database.transaction() as connection:
            connection.executemany(_WRITE_CATEGORY, map(astuple, categories))
            note_categories(connection, [category.category_id for category in categories])

    def read_products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        rows = self._database.read_wanted(_READ_PRODUCTS, product_ids)
        return {row[0]: product_of(row) for row in rows}

    def read_categories(self, category_ids: Sequence[CategoryId]) -> Mapping[CategoryId, Category]:
        rows = self._database.read_wanted(_READ_CATEGORIES, category_ids)
        return {row[0]: _category(row) for row in rows}

    def read_variants(
        self, group_ids: Sequence[ProductId]
    ) -> Mapping[ProductId, Sequence[Product]]:
        found: defaultdict[ProductId, list[Product]] = defaultdict(list)
        for product in map(product_of, self._database.read_wanted(_READ_VARIANTS, group_ids)):
            found[ProductId(str(product.group_id))].append(product)
        return dict(found)

    def known_products(self, product_ids: Sequence[ProductId]) -> AbstractSet[ProductId]:
        rows = self._database.read_wanted(_KNOWN_PRODUCTS, product_ids)
        return {ProductId(product_id) for (product_id,) in rows}

    def may_have_variants(self) -> bool:
        return bool(self._database.read(_HAS_VARIANTS))

    def write_details(self, details: Sequence[ProductDetails]) -> None:
        for start in range(0, len(details), ROWS_PER_TRANSACTION):
            chunk = details[start : start + ROWS_PER_TRANSACTION]
            with self._database.transaction() as connection:
                connection.executemany(_WRITE_DETAILS, map(_details_row, chunk))
                note_products(connection, [each.product_id for each in chunk])

    def read_details(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, ProductDetails]:
        rows = self._database.read_wanted(_READ_DETAILS, product_ids)
        found = [_DETAILS.decode(row[0]) for row in rows]
        return {details.product_id: details for details in found}

    def delete_categories(self, category_ids: Sequence[CategoryId]) -> None:
        rows = [(category_id,) for category_id in category_ids]
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM categories WHERE category_id = ?", rows)
            note_categories(connection, category_ids)

    def all_categories(self) -> Sequence[Category]:
        return list(map(_category, self._database.read(_ALL_CATEGORIES)))

    def all_products(self) -> Iterator[Sequence[Product]]:
        for page in self._database.read_pages(_READ_PAGE, ("",), PRODUCTS_PER_PAGE):
            yield [product_of(row) for row in page]

    def product_count(self) -> int:
        [(count,)] = self._database.read("SELECT count(*) FROM products")
        return int(count)

    def changes_since(self, position: str | None) -> CatalogueChanges:
        return changes_since(self._database, position)

    def close(self) -> None:
        self._database.close()


def _category(row: Row) -> Category:
    return Category(category_id=row[0], name=row[1], parent_id=row[2])


def _details_row(details: ProductDetails) -> Row:
    return SHOP, details.product_id, _DETAILS.encode(details)


def _update_columns(connection: sqlite3.Connection, update: ProductUpdate) -> None:
    if not update.product:
        return
    _check_names(update.product, _NAMES)
    assignments = ", ".join(f"{name} = ?" for name in update.product)
    statement = f"UPDATE products SET {assignments} WHERE product_id = ?"  # noqa: S608 - names of fields
    values = [column_value(value) for value in update.product.values()]
    connection.execute(statement, (*values, update.product_id))


def _update_details(connection: sqlite3.Connection, updates: Sequence[ProductUpdate]) -> None:
    """Change details within the transaction: nobody writes between reading and writing them."""
    if not updates:
        return
    ids = msgspec.json.encode([update.product_id for update in updates]).decode()
    found = [_DETAILS.decode(row[0]) for row in connection.execute(_READ_DETAILS, (ids,))]
    known = {details.product_id: details for details in found}
    for update in updates:
        _check_names(update.details, _DETAIL_NAMES)
        own = known.get(update.product_id, ProductDetails(product_id=update.product_id))
        known[update.product_id] = replace(own, **update.details)  # type: ignore[arg-type]
    connection.executemany(_WRITE_DETAILS, map(_details_row, known.values()))


def _check_names(given: Iterable[str], known: frozenset[str]) -> None:
    unknown = set(given) - known
    if unknown:
        raise ValueError(f"no such fields: {', '.join(sorted(unknown))}")
