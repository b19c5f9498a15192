"""Numbers as bytes, each to its last bit, in an order that compresses.

First come the first bytes of all numbers, then their second bytes, and so on: numbers of one
column share signs and exponents, which so stand together. Former records have them so.
"""

import sys
from array import array
from collections.abc import Iterable

FLOAT_BYTES = 8
_IS_LITTLE = sys.byteorder == "little"


def from_planes(planes: bytes) -> list[float]:
    """Raise `ValueError` where a plane is cut short."""
    count, rest = divmod(len(planes), FLOAT_BYTES)
    if rest:
        raise ValueError("Numbers are cut short.")
    packed = bytearray(len(planes))
    for plane in range(FLOAT_BYTES):
        packed[plane::FLOAT_BYTES] = planes[plane * count : (plane + 1) * count]
    numbers = array("d", bytes(packed))
    if _IS_LITTLE:
        numbers.byteswap()
    return numbers.tolist()


def float_bytes(numbers: Iterable[float]) -> bytes:
    """Return the bytes of all numbers, most significant first."""
    packed = array("d", numbers)
    if _IS_LITTLE:
        packed.byteswap()
    return packed.tobytes()
