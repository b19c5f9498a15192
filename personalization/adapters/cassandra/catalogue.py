from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from heapq import merge
from itertools import islice

from personalization.adapters.cassandra.batches import Write, read_each, write_rows
from personalization.adapters.cassandra.catalogue_changes import CatalogueMarks, ChangeFeed
from personalization.adapters.cassandra.connection import (
    CassandraConnection,
    Row,
    translated_errors,
)
from personalization.adapters.cassandra.partitions import BUCKETS, SHOP, bucket_of
from personalization.adapters.cassandra.product_rows import (
    NAMES,
    details_of,
    details_write,
    product_of,
    product_write,
    update_writes,
    variant_write,
)
from personalization.adapters.cassandra.product_search import find_products
from personalization.adapters.cassandra.write_times import WriteTimes
from personalization.domain.access import shop
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product, ProductDetails
from personalization.domain.product_changes import (
    ProductPage,
    ProductQuery,
    ProductUpdate,
    WholeProduct,
)
from personalization.ports.catalogue import CatalogueChanges

PRODUCTS_PER_CHUNK = 5_000
"""About 2 MB of products at a time."""

_READ_PRODUCTS = f"SELECT {NAMES} FROM products WHERE bucket = ? AND product_id IN ?"
_READ_BUCKET = f"SELECT {NAMES} FROM products WHERE bucket = ?"
_READ_VARIANTS = "SELECT product_id FROM variants_by_group WHERE shop = ? AND group_id = ?"
_COUNT_BUCKET = "SELECT count(*) FROM products WHERE bucket = ?"
_CATEGORY_NAMES = "category_id, name, parent_id"
_WRITE_CATEGORY = f"INSERT INTO categories (shop, {_CATEGORY_NAMES}) VALUES (?, ?, ?, ?)"
_READ_CATEGORIES = f"SELECT {_CATEGORY_NAMES} FROM categories WHERE shop = ? AND category_id IN ?"
_ALL_CATEGORIES = f"SELECT {_CATEGORY_NAMES} FROM categories WHERE shop = ?"
_READ_DETAILS = (
    "SELECT product_id, fields FROM product_details "
    "WHERE shop = ? AND bucket = ? AND product_id IN ?"
)
_DELETE_CATEGORY = "DELETE FROM categories WHERE shop = ? AND category_id = ?"


class CassandraCatalogue:
    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection
        self._times = WriteTimes()
        self._feed = ChangeFeed(connection)
        self._marks = CatalogueMarks(connection)

    def write_products(self, products: Sequence[Product]) -> None:
        self._marks.before_write(any(product.is_hidden_sometimes for product in products))
        self._write_variants((product.product_id, product.group_id) for product in products)
        rows = (product_write(product, self._times.next()) for product in products)
        write_rows(self._connection, rows)
        # Once it can be read: who is told of it reads it at once.
        self._feed.note([product.product_id for product in products], ())

    def replace_products(self, products: Sequence[WholeProduct]) -> None:
        # Of two writers the later one counts for every cell, in whatever order they arrive.
        written_at = self._times.next()
        last = {whole.product.product_id: whole for whole in products}.values()
        self._marks.before_write(any(whole.product.is_hidden_sometimes for whole in last))
        self._write_variants((whole.product.product_id, whole.product.group_id) for whole in last)
        details = (details_write(whole.details, written_at) for whole in last)
        write_rows(self._connection, details)
        rows = (product_write(whole.product, written_at) for whole in last)
        write_rows(self._connection, rows)
        self._feed.note([whole.product.product_id for whole in last], ())

    def update_products(self, updates: Sequence[ProductUpdate]) -> None:
        self._marks.before_write(any(update.may_hide for update in updates))
        self._write_variants(
            (update.product_id, update.product.get("group_id")) for update in updates
        )
        writes = [
            write for update in updates for write in update_writes(update, self._times.next())
        ]
        write_rows(self._connection, writes)
        self._feed.note([update.product_id for update in updates], ())

    def list_products(self, query: ProductQuery) -> ProductPage:
        return find_products(self._connection, query)

    def write_categories(self, categories: Sequence[Category]) -> None:
        rows = (
            (SHOP, category.category_id, category.name, category.parent_id)
            for category in categories
        )
        write_rows(self._connection, (Write(SHOP, _WRITE_CATEGORY, row) for row in rows))
        self._feed.note((), [category.category_id for category in categories])

    def read_products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        found = read_each(self._connection, _READ_PRODUCTS, _by_bucket(product_ids).items())
        return {row[0]: product_of(row) for rows in found for row in rows}

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

    def known_products(self, product_ids: Sequence[ProductId]) -> AbstractSet[ProductId]:
        return self.read_products(product_ids).keys()

    def may_have_variants(self) -> bool:
        # What has left a group is still named by it.
        return True

    def write_details(self, details: Sequence[ProductDetails]) -> None:
        write_rows(self._connection, (details_write(each, self._times.next()) for each in details))
        self._feed.note([each.product_id for each in details], ())

    def read_details(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, ProductDetails]:
        wanted = ((shop.SHOP, bucket, ids) for bucket, ids in _by_bucket(product_ids).items())
        rows = [row for rows in read_each(self._connection, _READ_DETAILS, wanted) for row in rows]
        return {row[0]: details_of(*row) for row in rows}

    def read_categories(self, category_ids: Sequence[CategoryId]) -> Mapping[CategoryId, Category]:
        if not category_ids:
            return {}
        rows = self._connection.execute(_READ_CATEGORIES, (SHOP, list(category_ids)))
        return {row[0]: _category(row) for row in rows}

    def delete_categories(self, category_ids: Sequence[CategoryId]) -> None:
        rows = ((SHOP, category_id) for category_id in category_ids)
        write_rows(self._connection, (Write(SHOP, _DELETE_CATEGORY, row) for row in rows))
        self._feed.note((), category_ids)

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

    def changes_since(self, position: str | None) -> CatalogueChanges:
        return replace(self._feed.changes_since(position), may_hide=self._marks.may_hide())

    def _write_variants(self, groups: Iterable[tuple[ProductId, object]]) -> None:
        """Name the groups of variants, before a product says that it is one.

        A group is asked for its variants once the product does.
        """
        rows = (variant_write(product_id, group) for product_id, group in groups if group)
        write_rows(self._connection, rows)

    def _bucket(self, bucket: int) -> Iterator[Product]:
        rows = self._connection.execute(_READ_BUCKET, (bucket,))
        with translated_errors():
            yield from map(product_of, rows)


def _by_bucket(product_ids: Sequence[ProductId]) -> dict[int, list[ProductId]]:
    buckets: dict[int, list[ProductId]] = {}
    for product_id in dict.fromkeys(product_ids):
        buckets.setdefault(bucket_of(product_id), []).append(product_id)
    return buckets


def _category(row: Row) -> Category:
    return Category(category_id=row[0], name=row[1], parent_id=row[2])
