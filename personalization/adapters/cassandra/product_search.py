"""Pages of the catalogue, bucket after bucket, by the indexes of words and categories."""

from collections.abc import Sequence
from typing import Any

from personalization.adapters.cassandra.connection import (
    CassandraConnection,
    Row,
    translated_errors,
)
from personalization.adapters.cassandra.partitions import BUCKETS
from personalization.adapters.cassandra.product_rows import NAMES, product_of
from personalization.domain.product_changes import ProductPage, ProductQuery
from personalization.readings.title_words import words_of

ROWS_PER_PAGE = 2_000
"""Rows that are looked at for one page."""
_MOST_INDEXED_WORDS = 3
"""The index looks at so many words; the others are looked for in the titles it finds."""


def find_products(connection: CassandraConnection, query: ProductQuery) -> ProductPage:
    bucket, after = _place(query.after)
    words = words_of(" ".join(query.words))
    products: list[Any] = []
    left = ROWS_PER_PAGE
    while bucket < BUCKETS:
        size = left if _leaves_out(query) else min(left, query.limit - len(products))
        rows = _rows(connection, query, words, (bucket, after, size))
        for row in rows:
            product = product_of(row)
            if query.takes(product) and set(words) <= set(words_of(product.title)):
                products.append(product)
            if len(products) == query.limit:
                return ProductPage(products, f"{bucket}:{product.product_id}")
        if len(rows) == size:
            return ProductPage(products, f"{bucket}:{product_of(rows[-1]).product_id}")
        left -= len(rows)
        bucket, after = bucket + 1, ""
    return ProductPage(products, None)


def _leaves_out(query: ProductQuery) -> bool:
    some_words = len(query.words) > _MOST_INDEXED_WORDS
    return some_words or query.availability is not None or query.is_retired is not None


def _place(after: str) -> tuple[int, str]:
    if not after:
        return 0, ""
    bucket, _, product_id = after.partition(":")
    if not (bucket.isascii() and bucket.isdigit()) or len(bucket) > len(str(BUCKETS)):
        raise ValueError(f"no page ended at {after!r}")
    return int(bucket), product_id


def _rows(
    connection: CassandraConnection,
    query: ProductQuery,
    words: Sequence[str],
    place: tuple[int, str, int],
) -> list[Row]:
    bucket, after, size = place
    indexed = words[:_MOST_INDEXED_WORDS]
    conditions = ["bucket = ?", "product_id > ?", *["words CONTAINS ?"] * len(indexed)]
    values: list[Any] = [bucket, after, *indexed]
    if query.category_id is not None:
        conditions.append("category_id = ?")
        values.append(query.category_id)
    statement = f"SELECT {NAMES} FROM products WHERE {' AND '.join(conditions)} LIMIT ?"
    rows = connection.execute(statement, (*values, size))
    with translated_errors():
        return list(rows)
