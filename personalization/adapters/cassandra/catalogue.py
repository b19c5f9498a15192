from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC
from heapq import merge
from itertools import islice
from typing import Any

from personalization.adapters.cassandra.batches import Write, read_each, write_rows
from personalization.adapters.cassandra.connection import (
    CassandraConnection,
    Row,
    translated_errors,
)
from personalization.adapters.cassandra.partitions import BUCKETS, SHOP, bucket_of
from personalization.codec.json_codec import JsonCodec
from personalization.domain.access import shop
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Availability, Category, Product, ProductDetails

PRODUCTS_PER_CHUNK = 5_000
"""About 2 MB of products at a time."""

_COLUMNS = tuple(field.name for field in fields(Product))
_NAMES = ", ".join(_COLUMNS)
_WRITE_PRODUCT = f"INSERT INTO products (bucket, {_NAMES}) VALUES (?{', ?' * len(_COLUMNS)})"
_READ_PRODUCTS = f"SELECT {_NAMES} FROM products WHERE bucket = ? AND product_id IN ?"
_READ_BUCKET = f"SELECT {_NAMES} FROM products WHERE bucket = ?"
_WRITE_VARIANT = "INSERT INTO variants_by_group (shop, group_id, product_id) VALUES (?, ?, ?)"
_READ_VARIANTS = "SELECT product_id FROM variants_by_group WHERE shop = ? AND group_id = ?"
_COUNT_BUCKET = "SELECT count(*) FROM products WHERE bucket = ?"
_CATEGORY_NAMES = "category_id, name, parent_id"
_WRITE_CATEGORY = f"INSERT INTO categories (shop, {_CATEGORY_NAMES}) VALUES (?, ?, ?, ?)"
_READ_CATEGORIES = f"SELECT {_CATEGORY_NAMES} FROM categories WHERE shop = ? AND category_id IN ?"
_ALL_CATEGORIES = f"SELECT {_CATEGORY_NAMES} FROM categories WHERE shop = ?"
_WRITE_DETAILS = (
    "INSERT INTO product_details (shop, bucket, product_id, details) VALUES (?, ?, ?, ?)"
)
_READ_DETAILS = (
    "SELECT details FROM product_details WHERE shop = ? AND bucket = ? AND product_id IN ?"
)
_DETAILS: JsonCodec[ProductDetails] = JsonCodec(ProductDetails)
_MOMENTS = ("retired_at", "available_from", "available_until")


class CassandraCatalogue:
    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection

    def write_products(self, products: Sequence[Product]) -> None:
        variants = [product for product in products if product.group_id is not None]
        # First, since a group is asked for its variants once the product says that it is one.
        write_rows(self._connection, map(_variant_write, variants))
        write_rows(self._connection, map(_product_write, products))

    def write_categories(self, categories: Sequence[Category]) -> None:
        rows = (
            (SHOP, category.category_id, category.name, category.parent_id)
            for category in categories
        )
        write_rows(self._connection, (Write(SHOP, _WRITE_CATEGORY, row) for row in rows))

    def read_products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        found = read_each(self._connection, _READ_PRODUCTS, _by_bucket(product_ids).items())
        return {row[0]: _product(row) for rows in found for row in rows}

    def read_variants(
        self, group_ids: Sequence[ProductId]
    ) -> Mapping[ProductId, Sequence[Product]]:
        groups = list(dict.fromkeys(group_ids))
        keys = ((shop.SHOP, group_id) for group_id in groups)
        named = list(read_each(self._connection, _READ_VARIANTS, keys))
        known = self.read_products([row[0] for rows in named for row in rows])
        found: dict[ProductId, Sequence[Product]] = {}
        for group_id, rows in zip(groups, named, strict=True):
            members = [known[row[0]] for row in rows if row[0] in known]
            # What has left the group is still named by it.
            variants = [product for product in members if product.group_id == group_id]
            if variants:
                found[group_id] = variants
        return found

    def write_details(self, details: Sequence[ProductDetails]) -> None:
        write_rows(self._connection, map(_details_write, details))

    def read_details(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, ProductDetails]:
        wanted = ((shop.SHOP, bucket, ids) for bucket, ids in _by_bucket(product_ids).items())
        rows = [row for rows in read_each(self._connection, _READ_DETAILS, wanted) for row in rows]
        found = [_DETAILS.decode(row[0]) for row in rows]
        return {details.product_id: details for details in found}

    def read_categories(self, category_ids: Sequence[CategoryId]) -> Mapping[CategoryId, Category]:
        if not category_ids:
            return {}
        rows = self._connection.execute(_READ_CATEGORIES, (SHOP, list(category_ids)))
        return {row[0]: _category(row) for row in rows}

    def all_categories(self) -> Sequence[Category]:
        rows = self._connection.execute(_ALL_CATEGORIES, (SHOP,))
        with translated_errors():
            return list(map(_category, rows))

    def all_products(self) -> Iterator[Sequence[Product]]:
        buckets = map(self._bucket, range(BUCKETS))
        merged = merge(*buckets, key=lambda product: product.product_id.encode())
        while chunk := list(islice(merged, PRODUCTS_PER_CHUNK)):
            yield chunk

    def product_count(self) -> int:
        found = read_each(self._connection, _COUNT_BUCKET, ((number,) for number in range(BUCKETS)))
        return sum(count for [(count,)] in found)

    def _bucket(self, bucket: int) -> Iterator[Product]:
        rows = self._connection.execute(_READ_BUCKET, (bucket,))
        with translated_errors():
            yield from map(_product, rows)


def _by_bucket(product_ids: Sequence[ProductId]) -> dict[int, list[ProductId]]:
    buckets: dict[int, list[ProductId]] = {}
    for product_id in dict.fromkeys(product_ids):
        buckets.setdefault(bucket_of(product_id), []).append(product_id)
    return buckets


def _category(row: Row) -> Category:
    return Category(category_id=row[0], name=row[1], parent_id=row[2])


def _details_write(details: ProductDetails) -> Write:
    bucket = bucket_of(details.product_id)
    row = (shop.SHOP, bucket, details.product_id, _DETAILS.encode(details))
    return Write(bucket, _WRITE_DETAILS, row)


def _variant_write(product: Product) -> Write:
    row = (shop.SHOP, product.group_id, product.product_id)
    return Write((shop.SHOP, product.group_id), _WRITE_VARIANT, row)


def _product_write(product: Product) -> Write:
    bucket = bucket_of(product.product_id)
    values: list[Any] = [getattr(product, name) for name in _COLUMNS]
    return Write(bucket, _WRITE_PRODUCT, (bucket, *values))


def _product(row: Row) -> Product:
    values = dict(zip(_COLUMNS, row, strict=True))
    if values["listed_on"] is not None:
        values["listed_on"] = values["listed_on"].date()
    for name in _MOMENTS:
        if values[name] is not None:
            # The driver returns naive moments in UTC.
            values[name] = values[name].replace(tzinfo=UTC)
    # Rows written before there were these columns lack them.
    values["availability"] = Availability(values["availability"] or Availability.IN_STOCK)
    values["markets"] = tuple(values["markets"] or ())
    return Product(**values)
