"""Pages of the catalogue: by id, by category, or by words of titles."""

from typing import Any

from personalization.adapters.sqlite.database import Database
from personalization.adapters.sqlite.product_rows import COLUMNS, SELECT_PRODUCTS, product_of
from personalization.domain.product_changes import ProductPage, ProductQuery

ROWS_PER_PAGE = 2_000
"""Rows that are looked at for one page: some 20 ms."""
_BY_ID = f"{SELECT_PRODUCTS} WHERE product_id > ? ORDER BY product_id LIMIT ?"
_BY_CATEGORY = (
    f"{SELECT_PRODUCTS} WHERE category_id = ? AND product_id > ? ORDER BY product_id LIMIT ?"
)
_NAMES = ", ".join(f"products.{name}" for name in COLUMNS)
_BY_WORDS = (
    f"SELECT {_NAMES}, number FROM product_titles "  # noqa: S608 - names of fields
    "JOIN product_numbers ON number = product_titles.rowid "
    "JOIN products ON products.product_id = product_numbers.product_id "
    "WHERE product_titles MATCH ? AND product_titles.rowid > ? "
    "ORDER BY product_titles.rowid LIMIT ?"
)


def find_products(database: Database, query: ProductQuery) -> ProductPage:
    """Return a page; rows that filters leave out are read and passed over, a bounded number."""
    most = ROWS_PER_PAGE if _leaves_out(query) else query.limit
    rows = _rows(database, query, most)
    products = []
    for row in rows:
        product = product_of(row[: len(COLUMNS)])
        if query.takes(product):
            products.append(product)
        if len(products) == query.limit:
            # For a page of words the last column is the row's number, else the first is the id.
            return ProductPage(products, _end_of(query, row))
    return ProductPage(products, _end_of(query, rows[-1]) if len(rows) == most else None)


def _leaves_out(query: ProductQuery) -> bool:
    in_category = query.category_id is not None and bool(query.words)
    return in_category or query.availability is not None or query.is_retired is not None


def _rows(database: Database, query: ProductQuery, most: int) -> list[tuple[Any, ...]]:
    if query.words:
        # Quoted, whatever stands in a word is text; all of them must be there.
        words = " ".join('"' + word.replace('"', '""') + '"' for word in query.words)
        return database.read(_BY_WORDS, (words, _number(query.after), most))
    if query.category_id is not None:
        return database.read(_BY_CATEGORY, (query.category_id, query.after, most))
    return database.read(_BY_ID, (query.after, most))


def _number(after: str) -> int:
    if not after:
        return 0
    if not (after.isascii() and after.isdigit() and len(after) <= 18):  # noqa: PLR2004 - fits 64 bits
        raise ValueError(f"no page ended at {after!r}")
    return int(after)


def _end_of(query: ProductQuery, row: tuple[Any, ...]) -> str:
    return str(row[-1]) if query.words else str(row[0])
