"""Rows of a shop's own events column by column, where a file has types for them.

What a column makes of a value is asked once for each value that differs. A row is plain if nothing
can go wrong with it and it is no line of an order; all others are left to the loader, row by row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from hashlib import sha1
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from importers.identity import NAMESPACE_BYTES
from importers.plausible_days import FIRST_DAY, PlausibleDays
from importers.rejection import RowRejectedError
from personalization.codec.kept_ids import uuid_texts
from personalization.codec.moments import to_microseconds

Mask = NDArray[np.bool_]
Read = Callable[[object], str | None]
_DAY_US: Final = 86_400_000_000
_MOST_PRICE: Final = 1e15
_UNITS: Final = ("s", "ms", "us")
_DIGEST_BYTES: Final = 16
_REMEMBERED: Final = 1 << 18
_SIMPLE_ID: Final = (
    "^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    "|[0-9A-Za-z]{4,100}[A-Za-z]|[A-Za-z][0-9A-Za-z]{4,100})$"
)
"""Ids that every column of ids takes as they are: UUIDs, and letters and digits that are no number,
no date and none of the words for nothing, which are shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainReadings:
    """What is made of the values of each column; whatever raises is no plain row's."""

    session: Read
    kind: Read
    """Value of `EventType`."""
    product: Read
    category: Read
    user: Read
    order: Read
    region: Read
    currency: Read


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRows:
    """Rows of a batch; of one that is not plain only `is_plain` says something."""

    is_plain: Sequence[bool]
    sessions: Sequence[str]
    moments: Sequence[int]
    """Microseconds since 1970."""
    kinds: Sequence[str]
    products: Sequence[str | None]
    categories: Sequence[str | None]
    users: Sequence[str | None]
    regions: Sequence[str | None]
    prices: Sequence[float | None]
    currencies: Sequence[str]
    event_ids: Sequence[str]


class IdReading:
    """Reads a column of ids, and asks once for each of some hundred thousand values."""

    def __init__(self, read: Read) -> None:
        self._read = lru_cache(_REMEMBERED)(read)

    def __call__(self, value: object) -> str | None:
        return self._read(value)


def has_plain_types(columns: Mapping[str, Any]) -> bool:
    """Say whether a file's columns, by what they are to the loader, have types that are read here.

    A column that the file lacks is absent.
    """
    time_type = columns["time"]
    texts = [kind for name, kind in columns.items() if name not in ("time", "price", "quantity")]
    return bool(
        pa.types.is_timestamp(time_type)
        and time_type.unit in _UNITS
        and all(map(_is_text, texts))
        and all(map(_is_number, (columns[n] for n in ("price", "quantity") if n in columns)))
    )


def plain_rows(
    columns: Mapping[str, Any], readings: PlainReadings, days: PlausibleDays, prefix: str
) -> PlainRows:
    """Return the rows of columns of pyarrow; `prefix` begins the names that ids are made of."""
    count = len(columns["time"])
    rows = _ColumnReading(columns, count)
    finest = pa.timestamp("us", tz=columns["time"].type.tz)
    moments = pc.fill_null(columns["time"].cast(finest).cast(pa.int64()), 0)
    moment = moments.to_numpy()
    first = to_microseconds(datetime.combine(FIRST_DAY, time.min, UTC))
    behind = to_microseconds(datetime.combine(days.today, time.min, UTC)) + _DAY_US
    rows.keep((moment >= first) & (moment < behind))
    session, kind = rows.texts("session", readings.session), rows.texts("kind", readings.kind)
    product = rows.texts("product", readings.product)
    category = rows.texts("category", readings.category)
    is_list = pc.fill_null(pc.equal(kind, "category_view"), fill_value=False)
    rows.keep(pc.is_valid(session), pc.is_valid(kind))
    needed = pc.if_else(is_list, pc.is_valid(category), pc.is_valid(product))
    rows.keep(needed, pc.is_null(rows.texts("order", readings.order)))
    product = pc.if_else(is_list, None, product)
    user, region = rows.texts("user", readings.user), rows.texts("region", readings.region)
    currency = rows.texts("currency", readings.currency)
    price = rows.price()
    written = pa.array(np.datetime_as_string(moment.astype("datetime64[us]")))
    # A moment without fraction is written without it.
    written = pc.replace_substring(written, ".000000", "")
    written = pc.binary_join_element_wise(written, "+00:00", "")
    words = (session, written, kind, product, category)
    names = pc.binary_join_element_wise(
        prefix, *(pc.fill_null(word, "None") for word in words), "None", "/"
    )
    return PlainRows(
        is_plain=rows.is_plain.tolist(),
        sessions=session.to_pylist(),
        moments=moment.tolist(),
        kinds=kind.to_pylist(),
        products=product.to_pylist(),
        categories=category.to_pylist(),
        users=user.to_pylist(),
        regions=region.to_pylist(),
        prices=price.to_pylist(),
        currencies=currency.to_pylist(),
        event_ids=_stable_ids(names),
    )


class _ColumnReading:
    """Reads columns of one batch and keeps which rows are plain."""

    def __init__(self, columns: Mapping[str, Any], count: int) -> None:
        self._columns = columns
        self._count = count
        self.is_plain: Mask = np.ones(count, dtype=bool)
        if "quantity" in columns and not pa.types.is_integer(columns["quantity"].type):
            self.keep(pc.is_null(columns["quantity"]))

    def keep(self, *masks: Any) -> None:  # noqa: ANN401 - arrays of numpy or pyarrow
        for mask in masks:
            self.is_plain &= np.asarray(mask, dtype=bool)

    def texts(self, name: str, read: Read) -> Any:  # noqa: ANN401 - an array of pyarrow
        """Return what is made of a column, and leave out the rows where it raises."""
        column = self._columns.get(name)
        if column is None:
            column = pa.nulls(self._count, pa.string())
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        places = pc.fill_null(encoded.indices.cast(pa.int64()), len(encoded.dictionary))
        texts, is_readable = _readings_of(encoded.dictionary, read)
        self.keep(is_readable[places.to_numpy()])
        return texts.take(places)

    def price(self) -> Any:  # noqa: ANN401 - an array of pyarrow
        """Return the prices, null for what is unknown (0)."""
        column = self._columns.get("price")
        if column is None:
            return pa.nulls(self._count, pa.float64())
        price = column.cast(pa.float64())
        price = pc.if_else(pc.is_nan(price), None, price)
        is_price = pc.and_(pc.greater_equal(price, 0.0), pc.less(price, _MOST_PRICE))
        self.keep(pc.fill_null(is_price, fill_value=True))
        return pc.if_else(pc.equal(price, 0.0), None, price)


def _readings_of(dictionary: Any, read: Read) -> tuple[Any, Mask]:  # noqa: ANN401 - of pyarrow
    """Return what is made of each value, and of none, and where that does not raise."""
    values = dictionary.to_pylist()
    if isinstance(read, IdReading) and not pa.types.is_integer(dictionary.type):
        is_simple = pc.fill_null(pc.match_substring_regex(dictionary, _SIMPLE_ID), fill_value=False)
        simple = is_simple.to_pylist()
    else:
        simple = [False] * len(values)
    results = [
        (value, True) if is_same else _read(read, value)
        for value, is_same in zip((*values, None), (*simple, False), strict=True)
    ]
    texts, is_readable = zip(*results, strict=True)
    return pa.array(texts, pa.string()), np.array(is_readable)


def _read(read: Read, value: object) -> tuple[str | None, bool]:
    try:
        return read(value), True
    except (RowRejectedError, ValueError):
        return None, False


def _stable_ids(names: Any) -> Sequence[str]:  # noqa: ANN401 - an array of pyarrow
    """Return the UUIDs of version 5 of names, as `importers.identity` makes one."""
    texts = names.cast(pa.binary()).to_pylist()
    joined = b"".join([sha1(NAMESPACE_BYTES + text).digest()[:_DIGEST_BYTES] for text in texts])  # noqa: S324 - as RFC 9562 says
    octets = np.frombuffer(joined, dtype=np.uint8).reshape(-1, _DIGEST_BYTES).copy()
    octets[:, 6] = octets[:, 6] & 0x0F | 0x50
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    return uuid_texts(octets.tobytes())


def _is_text(kind: Any) -> bool:  # noqa: ANN401 - a type of pyarrow
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(value) or pa.types.is_large_string(value) or pa.types.is_integer(value)
    )


def _is_number(kind: Any) -> bool:  # noqa: ANN401 - a type of pyarrow
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
