"""Where a unit falls in an experiment: a number that anybody can compute again."""

import hashlib

_DIGEST_BYTES = 8
_WHOLE = float(1 << (8 * _DIGEST_BYTES))


def bucket_of(salt: str, unit_id: str) -> float:
    """Return the unit's place in [0, 1), uniform over units and independent between salts.

    SHA-256 of `salt/unit`: a cheaper hash may be uniform and still correlate between salts, so
    that the shoppers of one experiment's arm would mostly be in the same arm of another.
    """
    digest = hashlib.sha256(f"{salt}/{unit_id}".encode()).digest()[:_DIGEST_BYTES]
    # The 64-bit number is rounded to 53 bits: the largest would round up to 1.
    return min(int.from_bytes(digest, "big") / _WHOLE, 1.0 - 2.0**-53)
