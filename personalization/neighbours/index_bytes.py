"""The session index as bytes: a mark, a version and a checksum, then compressed arrays.

All numbers are little-endian, so that machines of any kind read what another wrote.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from personalization.neighbours.return_table import ReturnTable
from personalization.neighbours.session_index import SessionIndex
from personalization.neighbours.signal_weights import SignalWeights

INDEX_VERSION = 1
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
    products: list[str]
    session_starts: bytes
    session_products: bytes
    product_starts: bytes
    product_sessions: bytes
    rarity: bytes
    ended_at: bytes
    returns: ReturnTable
    weights: dict[str, float]
    time_scale_seconds: int = 0
    distance_root: int = 0
    worths: dict[str, float] = {}
    by_seen: dict[int, dict[str, float]] = {}
    digests: bytes = b""
    """None in indexes of former releases."""


def encode_index(index: SessionIndex) -> bytes:
    body = _Body(
        products=list(index.products),
        session_starts=index.session_starts.astype("<i4").tobytes(),
        session_products=index.session_products.astype("<i4").tobytes(),
        product_starts=index.product_starts.astype("<i4").tobytes(),
        product_sessions=index.product_sessions.astype("<i4").tobytes(),
        rarity=index.rarity.astype("<f4").tobytes(),
        ended_at=index.ended_at.astype("<i8").tobytes(),
        returns=index.returns,
        time_scale_seconds=index.weights.time_scale_seconds,
        distance_root=index.weights.distance_root,
        worths=dict(index.weights.worths),
        by_seen={seen: dict(of) for seen, of in index.weights.by_seen.items()},
        weights={_WIRE_NAMES.get(name, name): of for name, of in index.weights.by_name.items()},
        digests=index.digests.astype("<u8").tobytes(),
    )
    packed = zlib.compress(msgspec.msgpack.encode(body), _COMPRESSION_LEVEL)
    version = INDEX_VERSION.to_bytes(2, "little")
    return _MARK + version + hashlib.sha256(version + packed).digest() + packed


def decode_index(encoded: bytes) -> SessionIndex:
    """Return what `encode_index` was given; raises `DamagedIndexError` for anything else."""
    head, packed = encoded[:_HEAD_BYTES], encoded[_HEAD_BYTES:]
    mark, version, digest = head[:4], head[4:6], head[6:]
    if mark != _MARK or int.from_bytes(version, "little") != INDEX_VERSION:
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
        products=tuple(body.products),
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


_Kind = TypeVar("_Kind", np.int32, np.int64, np.uint64, np.float32)


def _array(numbers: bytes, kind: type[_Kind]) -> npt.NDArray[_Kind]:
    try:
        read = np.frombuffer(numbers, dtype=np.dtype(kind).newbyteorder("<"))
    except ValueError as error:
        raise DamagedIndexError(str(error)) from error
    return read.astype(kind)


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
