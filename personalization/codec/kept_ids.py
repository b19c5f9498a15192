"""Ids as they take the least space: UUIDs as their 16 bytes, others as texts."""

import re
from collections.abc import Sequence

UUID_BYTES = 16
_UUIDS = re.compile(r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})*")
_LENGTHS = {36}
_DIGITS = 2 * UUID_BYTES


def uuid_bytes(ids: Sequence[str]) -> bytes | None:
    """Return the bytes of UUIDs, None where any of the ids is another text."""
    joined = "".join(ids)
    # Together, others may read like so many UUIDs.
    if set(map(len, ids)) != _LENGTHS or not _UUIDS.fullmatch(joined):
        return None
    return bytes.fromhex(joined.replace("-", ""))


def uuid_texts(kept: bytes) -> tuple[str, ...]:
    digits = kept.hex()
    texts = [digits[at : at + _DIGITS] for at in range(0, len(digits), _DIGITS)]
    return tuple([f"{t[:8]}-{t[8:12]}-{t[12:16]}-{t[16:20]}-{t[20:]}" for t in texts])
