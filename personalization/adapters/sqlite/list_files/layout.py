"""What the file of a generation looks like. All numbers are little-endian.

    MARK
    for each batch of lists   their rows (`ROW`), their members' ids, their keys
    for each part of a table  the hashes of its keys, rising (8 bytes each), their places (`PLACE`)
    foot                      `Foot` as JSON
    tail                      length of the foot, SHA-256 of all before the tail, MARK

A table has a power of two of parts; a key is in the part that the first bits of its hash name. So
it is written in one go, sorting no more than a part at a time, and a list is found by one search
among numbers, in a file of any size.
"""

from hashlib import blake2b
from struct import Struct

import msgspec
import numpy as np

MARK = b"FRPL\x00\x00\x00\x01"
"""With the version of the layout."""
HASH_BITS = 64
ROW = np.dtype([("strength", "<f8"), ("value", "<f8"), ("support", "<i8"), ("length", "<u2")])
"""A member; the length is that of its id in bytes."""
ROW_READER = Struct("<ddqH")
PLACE = np.dtype(
    [
        ("rows_at", "<u8"),
        ("ids_at", "<u8"),
        ("key_at", "<u8"),
        ("rows", "<u4"),
        ("ids_length", "<u4"),
        ("key_length", "<u4"),
    ]
)
PLACE_READER = Struct("<QQQIII")
TAIL = Struct(f"<Q32s{len(MARK)}s")
LONGEST_ID = 0xFFFF


class Part(msgspec.Struct, frozen=True):
    """A part of a table: where its hashes and its places begin."""

    hashes_at: int
    places_at: int
    lists: int


class Foot(msgspec.Struct, frozen=True):
    tables: dict[str, list[Part]]


def hash_of(key: bytes) -> int:
    return int.from_bytes(blake2b(key, digest_size=HASH_BITS // 8).digest(), "little")


def hashes_of(keys: list[bytes]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    digests = b"".join([blake2b(key, digest_size=HASH_BITS // 8).digest() for key in keys])
    return np.frombuffer(digests, "<u8")
