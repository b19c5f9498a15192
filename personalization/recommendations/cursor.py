"""Cursors: what earlier pages of an endless list showed, in the caller's hands.

It holds 32 bits of each product's checksum, so that a thousand products are four kilobytes. Once a
thousand of a hundred thousand products were shown, the chance that any other one is passed over
for having the checksum of one of them is 2 %. A cursor can only exclude, so nobody has to be
trusted for it.
"""

import base64
import binascii
from collections.abc import Iterable
from zlib import crc32

import numpy as np

from personalization.domain.errors import InvalidCursorError
from personalization.domain.identifiers import ProductId

MOST_SHOWN = 1_000
"""Then a list ends: nobody looks further, and a call stays small."""
_WIDTH = 4
LONGEST_CURSOR = 6_000
"""Characters, a little more than those of `MOST_SHOWN`."""


def mark_of(product_id: ProductId) -> int:
    return crc32(product_id.encode())


def read_cursor(cursor: str) -> tuple[int, ...]:
    """Return the marks of what was shown; raises `InvalidCursorError`."""
    if len(cursor) > LONGEST_CURSOR:
        raise InvalidCursorError
    try:
        packed = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError) as error:
        raise InvalidCursorError from error
    if len(packed) % _WIDTH or len(packed) > MOST_SHOWN * _WIDTH:
        raise InvalidCursorError
    return tuple(np.frombuffer(packed, ">u4").tolist())


def cursor_after(before: tuple[int, ...], shown: Iterable[ProductId]) -> str | None:
    """Return the cursor that excludes both, None where that are too many."""
    marks = dict.fromkeys([*before, *map(mark_of, shown)])
    if len(marks) >= MOST_SHOWN:
        return None
    return base64.urlsafe_b64encode(np.array(list(marks), ">u4").tobytes()).decode("ascii")
