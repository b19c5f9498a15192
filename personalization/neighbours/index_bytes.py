"""The session index as bytes: a mark, a version and a checksum, then compressed arrays.

All numbers are little-endian, so that machines of any kind read what another wrote.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from personalization.neighbours.indexed_products import IndexedProducts
from personalization.neighbours.return_table import ReturnTable
from personalization.neighbours.session_index import SessionIndex
from personalization.neighbours.signal_weights import SignalWeights

INDEX_VERSION = 2
READ_VERSIONS = (1, INDEX_VERSION)
"""Of the first, products were a list of texts."""
CHUNK_BYTES = 512 * 1024
"""Of one row of a store."""
_MARK = b"FRSI"
_DIGEST_BYTES = 32
_HEAD_BYTES = len(_MARK) + 2 + _DIGEST_BYTES
_LARGEST_BYTES = 1 << 31
_COMPRESSION_LEVEL = 6
_NAMES = {"returns": "return"}
"""What a weight is called in the bytes -> the signal, where these differ."""
_WIRE_NAMES = {name: wire_name for wire_name, name in _NAMES.items()}


class DamagedIndexError(ValueError):
    """Bytes that are no index of this version, or not all of one."""


class _Body(msgspec.Struct, frozen=True):
    """Arrays stay where they were unpacked: nothing is copied, and nobody waits for that."""

    session_starts: memoryview
    session_products: memoryview
    product_starts: memoryview
    product_sessions: memoryview
    rarity: memoryview
    ended_at: memoryview
    returns: ReturnTable
    weights: dict[str, float]
    time_scale_seconds: int = 0
    distance_root: int = 0
    worths: dict[str, float] = {}
    by_seen: dict[int, dict[str, float]] = {}
    digests: memoryview = memoryview(b"")
    """None in indexes of former releases."""
    names: bytes = b""
    name_lengths: memoryview = memoryview(b"")
    products: list[str] = []
    """In place of names, in indexes of former releases."""


def encode_index(index: SessionIndex) -> bytes:
    body = _Body(
        names=index.products.names,
        name_lengths=_bytes(np.diff(index.products.bounds), "<u4"),
        session_starts=_bytes(index.session_starts, "<i4"),
        session_products=_bytes(index.session_products, "<i4"),
        product_starts=_bytes(index.product_starts, "<i4"),
        product_sessions=_bytes(index.product_sessions, "<i4"),
        rarity=_bytes(index.rarity, "<f4"),
        ended_at=_bytes(index.ended_at, "<i8"),
        returns=index.returns,
        time_scale_seconds=index.weights.time_scale_seconds,
        distance_root=index.weights.distance_root,
        worths=dict(index.weights.worths),
        by_seen={seen: dict(of) for seen, of in index.weights.by_seen.items()},
        weights={_WIRE_NAMES.get(name, name): of for name, of in index.weights.by_name.items()},
        digests=_bytes(index.digests, "<u8"),
    )
    packed = zlib.compress(msgspec.msgpack.encode(body), _COMPRESSION_LEVEL)
    version = INDEX_VERSION.to_bytes(2, "little")
    return _MARK + version + hashlib.sha256(version + packed).digest() + packed


def decode_index(encoded: bytes) -> SessionIndex:
    """Return what `encode_index` was given; raises `DamagedIndexError` for anything else."""
    head, packed = encoded[:_HEAD_BYTES], encoded[_HEAD_BYTES:]
    mark, version, digest = head[:4], head[4:6], head[6:]
    if mark != _MARK or int.from_bytes(version, "little") not in READ_VERSIONS:
        raise DamagedIndexError("These bytes are no session index that this release can read.")
    if hashlib.sha256(version + packed).digest() != digest:
        raise DamagedIndexError("The session index does not fit its checksum.")
    try:
        plain = zlib.decompressobj().decompress(packed, _LARGEST_BYTES)
        body = msgspec.msgpack.decode(plain, type=_Body)
    except (zlib.error, msgspec.DecodeError) as error:
        raise DamagedIndexError(str(error)) from error
    return _index_of(body)


def chunks_of(encoded: bytes) -> Iterator[bytes]:
    """Yield the bytes in pieces for a store; none of them is empty."""
    for start in range(0, len(encoded), CHUNK_BYTES):
        yield encoded[start : start + CHUNK_BYTES]


def join_chunks(chunks: Iterable[bytes]) -> bytes:
    return b"".join(chunks)


def _index_of(body: _Body) -> SessionIndex:
    index = SessionIndex(
        products=_products_of(body),
        session_starts=_array(body.session_starts, np.int32),
        session_products=_array(body.session_products, np.int32),
        product_starts=_array(body.product_starts, np.int32),
        product_sessions=_array(body.product_sessions, np.int32),
        rarity=_array(body.rarity, np.float32),
        ended_at=_array(body.ended_at, np.int64),
        digests=_array(body.digests, np.uint64),
        returns=body.returns,
        weights=_weights_of(body),
    )
    _check(index)
    return index


def _weights_of(body: _Body) -> SignalWeights:
    by_name = {_NAMES.get(name, name): of for name, of in body.weights.items()}
    return SignalWeights(
        by_name, body.time_scale_seconds, body.distance_root, body.worths, body.by_seen
    )


_Kind = TypeVar("_Kind", np.int32, np.int64, np.uint32, np.uint64, np.float32)


def _products_of(body: _Body) -> IndexedProducts:
    try:
        if body.products:
            return IndexedProducts.of(body.products)
        lengths = _array(body.name_lengths, np.uint32)
        bounds = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=bounds[1:])
        return IndexedProducts(body.names, bounds)
    except ValueError as error:
        raise DamagedIndexError(str(error)) from error


def _bytes(numbers: npt.NDArray[Any], kind: str) -> memoryview:
    return memoryview(numbers.astype(kind).tobytes())


def _array(numbers: memoryview, kind: type[_Kind]) -> npt.NDArray[_Kind]:
    try:
        read = np.frombuffer(numbers, dtype=np.dtype(kind).newbyteorder("<"))
    except ValueError as error:
        raise DamagedIndexError(str(error)) from error
    return read.astype(kind, copy=False)


def _check(index: SessionIndex) -> None:
    """Raise `DamagedIndexError` where an array would be read beyond its end."""
    products, sessions = len(index.products), index.session_count
    sound = (
        len(index.rarity) == products
        and len(index.digests) in (0, sessions)
        and _fits(index.session_starts, sessions, index.session_products, products)
        and _fits(index.product_starts, products, index.product_sessions, sessions)
    )
    if not sound:
        raise DamagedIndexError("The arrays of the session index do not fit together.")


def _fits(
    starts: npt.NDArray[np.int32], rows: int, members: npt.NDArray[np.int32], numbers: int
) -> bool:
    return (
        len(starts) == rows + 1
        and int(starts[0]) == 0
        and int(starts[-1]) == len(members)
        and bool(np.all(np.diff(starts) >= 0))
        and (not len(members) or (int(members.min()) >= 0 and int(members.max()) < numbers))
    )
