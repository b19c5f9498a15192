"""How deep JSON is nested: readers of it stop at depths that differ by the version of Python."""

import re
from itertools import accumulate
from typing import Final

MOST_NESTED: Final = 500
"""Lists and objects in one another. Every version that we run on reads this many, from whatever
depth of calls."""
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS: Final = b"[]{}"
_NO_BRACKETS: Final = bytes(set(range(256)) - set(_BRACKETS))
_STEPS: Final = [1 if byte in b"[{" else -1 for byte in range(256)]


def is_too_deep(text: bytes) -> bool:
    """Return whether more lists and objects than `MOST_NESTED` are open at once.

    What has few brackets is told by their number, without looking at their order.
    """
    if text.count(b"[") + text.count(b"{") <= MOST_NESTED:
        return False
    brackets = _STRING.sub(b"", text).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MOST_NESTED
