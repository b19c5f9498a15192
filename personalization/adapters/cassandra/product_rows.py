"""Products as rows: a column, or a cell of a map, for each field.

Fields have cells of their own so that two writers of different fields never lose one, without any
of them waiting for the other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC
from sys import intern
from typing import Any

import msgspec

from personalization.adapters.cassandra.batches import Write
from personalization.adapters.cassandra.connection import Row
from personalization.adapters.cassandra.partitions import bucket_of
from personalization.codec.json_codec import JsonCodec
from personalization.domain.access.shop import SHOP
from personalization.domain.identifiers import ProductId
from personalization.domain.product import SHARED_WORDS, Availability, Product, ProductDetails
from personalization.domain.product_changes import ProductUpdate
from personalization.readings.title_words import words_of

COLUMNS = tuple(field.name for field in fields(Product))
NAMES = ", ".join(COLUMNS)
_DETAIL_NAMES = tuple(field.name for field in fields(ProductDetails) if field.name != "product_id")
WRITE_PRODUCT = (
    f"INSERT INTO products (bucket, words, {NAMES}) "
    f"VALUES (?, ?{', ?' * len(COLUMNS)}) USING TIMESTAMP ?"
)
_WRITE_VARIANT = "INSERT INTO variants_by_group (shop, group_id, product_id) VALUES (?, ?, ?)"
_WRITE_DETAILS = (
    "INSERT INTO product_details (shop, bucket, product_id, fields) VALUES (?, ?, ?, ?) "
    "USING TIMESTAMP ?"
)
_ADD_DETAILS = (
    "UPDATE product_details USING TIMESTAMP ? SET fields = fields + ? "
    "WHERE shop = ? AND bucket = ? AND product_id = ?"
)
_DETAILS: JsonCodec[ProductDetails] = JsonCodec(ProductDetails)
_MOMENTS = ("retired_at", "available_from", "available_until")


def product_write(product: Product, written_at: int) -> Write:
    """Return the row, written at a moment in microseconds since 1970."""
    bucket = bucket_of(product.product_id)
    values: list[Any] = [getattr(product, name) for name in COLUMNS]
    row = (bucket, set(words_of(product.title)), *values, written_at)
    return Write(bucket, WRITE_PRODUCT, row)


def details_write(details: ProductDetails, written_at: int) -> Write:
    bucket = bucket_of(details.product_id)
    cells = {name: _cell(getattr(details, name)) for name in _DETAIL_NAMES}
    return Write(bucket, _WRITE_DETAILS, (SHOP, bucket, details.product_id, cells, written_at))


def update_writes(update: ProductUpdate, written_at: int) -> Iterator[Write]:
    bucket = bucket_of(update.product_id)
    unknown = {*update.product} - {*COLUMNS} | {*update.details} - {*_DETAIL_NAMES}
    if unknown:
        raise ValueError(f"no such fields: {', '.join(sorted(unknown))}")
    if update.details:
        cells = {name: _cell(value) for name, value in update.details.items()}
        row = (written_at, cells, SHOP, bucket, update.product_id)
        yield Write(bucket, _ADD_DETAILS, row)
    if update.product:
        values = dict(update.product)
        if "title" in values:
            values["words"] = set(words_of(str(values["title"])))
        # In one order, so that a statement is prepared once for each set of fields.
        names = sorted(values)
        assignments = ", ".join(f"{name} = ?" for name in names)
        statement = (
            f"UPDATE products USING TIMESTAMP ? SET {assignments} "
            "WHERE bucket = ? AND product_id = ?"
        )
        fields_row = (written_at, *(values[name] for name in names), bucket, update.product_id)
        yield Write(bucket, statement, fields_row)


def variant_write(product_id: ProductId, group_id: object) -> Write:
    return Write((SHOP, group_id), _WRITE_VARIANT, (SHOP, group_id, product_id))


def product_of(row: Row) -> Product:
    values = dict(zip(COLUMNS, row, strict=True))
    if values["listed_on"] is not None:
        values["listed_on"] = values["listed_on"].date()
    for name in _MOMENTS:
        if values[name] is not None:
            # The driver returns naive moments in UTC.
            values[name] = values[name].replace(tzinfo=UTC)
    for name in SHARED_WORDS:
        if values[name] is not None:
            values[name] = intern(values[name])
    # Rows written before there were these columns lack them.
    values["availability"] = Availability(values["availability"] or Availability.IN_STOCK)
    values["markets"] = tuple(values["markets"] or ())
    return Product(**values)


def details_of(product_id: ProductId, cells: Mapping[str, bytes] | None) -> ProductDetails:
    body = {name: msgspec.Raw(cell) for name, cell in (cells or {}).items()}
    return _DETAILS.decode(msgspec.json.encode({**body, "product_id": product_id}))


def _cell(value: object) -> bytes:
    return msgspec.json.encode(value)
