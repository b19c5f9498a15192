"""What the events of a day are, in one short text that does not depend on their order.

The same as `spark_jobs.transforms.day_fingerprint`, which says how it is made, for a history
that is exported without Spark.
"""

from hashlib import sha256
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from personalization.priors import warehouse as names

_HALF: Final = 30
"""Bits of a number that are summed apart, so that no sum of millions runs over."""


class DayFingerprint:
    """Takes batches of a day's export and sums the hashes of their rows."""

    def __init__(self) -> None:
        self._events = self._first = self._second = 0

    def add(self, batch: Any) -> None:  # noqa: ANN401 - a batch of pyarrow
        """Take more rows of the day."""
        digests = b"".join([sha256(line).digest() for line in _lines(batch).to_pylist()])
        words = np.frombuffer(digests, dtype=">u8").astype(np.uint64).reshape(-1, 4)
        high, low = words[:, 0], words[:, 1]
        # The first fifteen hexadecimal digits of a hash, and the fifteen behind them.
        self._events += len(words)
        self._first += _sum(high >> np.uint64(4))
        self._second += _sum((high & np.uint64(15)) << np.uint64(56) | low >> np.uint64(8))

    def text(self) -> str:
        """Return the number of events and the two sums."""
        return f"{self._events}-{self._first}-{self._second}"


def _sum(numbers: NDArray[np.uint64]) -> int:
    upper, lower = numbers >> np.uint64(_HALF), numbers & np.uint64((1 << _HALF) - 1)
    return (int(upper.sum()) << _HALF) + int(lower.sum())


def _lines(batch: Any) -> Any:  # noqa: ANN401 - of pyarrow
    """Return the line of each event; a consent that is not known has no part in it."""
    millionths = np.rint(batch.column(names.STARS).to_numpy(zero_copy_only=False) * names.STAR_UNIT)
    whole = pa.array(np.nan_to_num(millionths).astype(np.int64))
    columns = (
        batch.column(names.EVENT_ID),
        batch.column(names.SESSION_ID),
        batch.column(names.USER_ID),
        batch.column(names.TYPE),
        batch.column(names.OCCURRED_AT).cast(pa.int64()),
        pc.binary_join(batch.column(names.PRODUCT_IDS), names.ID_SEPARATOR),
        batch.column(names.CATEGORY_ID),
        batch.column(names.REGION),
        pc.if_else(pc.is_valid(batch.column(names.STARS)), whole, None),
        batch.column(names.REWARD),
    )
    texts = [pc.fill_null(column.cast(pa.string()), names.ABSENT) for column in columns]
    consent = batch.column(names.CONSENT)
    lines = pc.binary_join_element_wise(
        *texts, consent, names.FIELD_SEPARATOR, null_handling="skip"
    )
    return lines.cast(pa.binary())
