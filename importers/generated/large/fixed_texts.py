"""Columns of ids of one length, made from numbers without a loop."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from importers.generated.large.large_shop import MOST_PRODUCTS, Whole

_HEXADECIMAL = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_BASE_36 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)
_UUID_BYTES = 16
_DASHES = (8, 13, 18, 23)
_VERSION_4, _VARIANT = 0x40, 0x80
_SCATTER = 1_580_030_173
"""A prime with no factor of 36: ids of neighbours do not look alike."""
_ASIN_DIGITS = 6


def random_uuids(random: Generator, count: int) -> Any:  # noqa: ANN401 - an array of pyarrow
    """Return UUIDs of version 4 as text."""
    octets = np.frombuffer(random.bytes(_UUID_BYTES * count), dtype=np.uint8)
    octets = octets.reshape(count, _UUID_BYTES).copy()
    octets[:, 6] = octets[:, 6] & 0x0F | _VERSION_4
    octets[:, 8] = octets[:, 8] & 0x3F | _VARIANT
    digits = np.empty((count, 2 * _UUID_BYTES), dtype=np.uint8)
    digits[:, 0::2] = _HEXADECIMAL[octets >> 4]
    digits[:, 1::2] = _HEXADECIMAL[octets & 0x0F]
    letters = np.full((count, 2 * _UUID_BYTES + len(_DASHES)), ord("-"), dtype=np.uint8)
    kept = [place for place in range(letters.shape[1]) if place not in _DASHES]
    letters[:, kept] = digits
    return _texts(letters)


def asins(numbers: Whole) -> Any:  # noqa: ANN401 - an array of pyarrow
    """Return ids of ten signs as Amazon writes them, another one for each number."""
    left = numbers * _SCATTER % MOST_PRODUCTS
    letters = np.empty((len(numbers), 4 + _ASIN_DIGITS), dtype=np.uint8)
    letters[:, :4] = np.frombuffer(b"B0GN", dtype=np.uint8)
    for place in range(letters.shape[1] - 1, 3, -1):
        left, digit = np.divmod(left, len(_BASE_36))
        letters[:, place] = _BASE_36[digit]
    return _texts(letters)


def _texts(letters: NDArray[np.uint8]) -> Any:  # noqa: ANN401 - an array of pyarrow
    count, width = letters.shape
    ends = np.arange(0, width * (count + 1), width, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(letters.tobytes()))
