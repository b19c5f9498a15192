"""Columns of numbers in as few bits as they need.

Each column is written as differences from its centre, zigzagged to 0, 1, 2, ..., by a Golomb-Rice
code of its own width (Rice, Some practical universal noiseless coding techniques, 1979): the high
part as so many zeros and a one, the low bits as they are. A column of one value takes no bits.
Floats are written as their patterns without the bits that are zero in the whole column: what was
rounded to a few bits takes a few bits, and anything comes back to the last bit.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from personalization.domain.action_table import Floats

Integers = NDArray[np.int64]
Int64 = Annotated[int, msgspec.Meta(le=2**63 - 1)]
"""What is read is checked: there are whole numbers beyond it."""
CONSTANT = -1
"""The width of a column of one value."""
_MOST_NUMBERS = 1 << 20
"""Of all columns: those of one value take no bits, however many they are."""
_WORD, _SHORT = 64, 16
_PLACES = np.arange(_WORD)
_ONE = np.uint64(1)
_NO_INTEGERS = np.zeros(0, np.int64)
_LN2 = 0.6931471805599453
"""With a mean of m, log2(m ln 2) low bits are best."""
_FARTHEST = 2.0**62
"""Of a centre, so that it is a whole number of 64 bits."""


class ColumnHeads(msgspec.Struct, array_like=True, frozen=True):
    """Entries of each column, those of floats first."""

    counts: tuple[Annotated[int, msgspec.Meta(ge=1)], ...]
    centres: tuple[Int64, ...]
    widths: tuple[Annotated[int, msgspec.Meta(ge=-1, lt=64)], ...]
    shifts: tuple[Annotated[int, msgspec.Meta(ge=0, lt=64)], ...]
    """Of floats: how many last bits are zero in all of a column's numbers."""


def pack_columns(
    floats: Sequence[Floats], integers: Sequence[Integers]
) -> tuple[ColumnHeads, bytes]:
    """No column may be empty; raises `ValueError` for more than a million numbers."""
    counts = tuple([column.size for column in (*floats, *integers)])
    if not counts:
        return ColumnHeads((), (), (), ()), b""
    _check_counts(counts)
    sizes = np.array(counts)
    starts = sizes.cumsum() - sizes
    values, shifts = np.concatenate((_NO_INTEGERS, *integers)), ()
    if floats:
        patterns = np.concatenate(floats).view(np.int64)
        joined = np.bitwise_or.reduceat(patterns, starts[: len(floats)])
        # The last bit that is set, as a power of two; 0 has none.
        last = np.frexp((joined & -joined).astype(np.float64))[1]
        last = np.maximum(last - 1, 0)
        values = np.concatenate((patterns >> last.repeat(sizes[: len(floats)]), values))
        shifts = tuple(last.tolist())
    # Differences may wrap around; they do so back when they are added again.
    firsts = values[starts]
    values -= firsts.repeat(sizes)
    apart = np.rint(np.add.reduceat(values.astype(np.float64), starts) / sizes)
    apart = np.minimum(np.maximum(apart, -_FARTHEST), _FARTHEST).astype(np.int64)
    values -= apart.repeat(sizes)
    centres = firsts + apart
    folded = ((values << 1) ^ (values >> (_WORD - 1))).view(np.uint64)
    means = np.add.reduceat(folded.astype(np.float64), starts) / sizes
    widths = np.maximum(np.frexp(means * _LN2)[1] - 1, 0)
    widths[means == 0] = CONSTANT
    bits = _rice_bits(folded, widths.repeat(sizes))
    return ColumnHeads(counts, tuple(centres.tolist()), tuple(widths.tolist()), shifts), bits


def unpack_columns(packed: ColumnHeads, bits: bytes) -> tuple[list[Floats], list[Integers]]:
    """Raise `ValueError` where bits are missing, or numbers are too many."""
    if not packed.counts:
        return [], []
    _check_counts(packed.counts)
    sizes = np.array(packed.counts)
    values = _rice_values(bits, np.array(packed.widths).repeat(sizes))
    values += np.array(packed.centres, np.int64).repeat(sizes)
    cuts = pairwise(accumulate(packed.counts, initial=0))
    columns = [values[start:end] for start, end in cuts]
    pairs = zip(columns, packed.shifts, strict=False)
    floats = [(column << shift).view(np.float64) for column, shift in pairs]
    return floats, columns[len(floats) :]


def _check_counts(counts: Sequence[int]) -> None:
    if sum(counts) > _MOST_NUMBERS:
        raise ValueError("The columns have too many numbers.")


def _rice_bits(folded: NDArray[np.uint64], widths: Integers) -> bytes:
    """Return the high parts of all values, then their low bits."""
    varied = widths >= 0
    folded, widths = folded[varied], widths[varied]
    ends = ((folded >> widths.astype(np.uint64)) + _ONE).cumsum()
    high = np.zeros(int(ends[-1]) if ends.size else 0, np.uint8)
    high[ends - _ONE] = 1
    word = _word_of(widths)
    parts = folded.astype(f">u{word // 8}").view(np.uint8)
    bits = np.unpackbits(parts).reshape(-1, word)
    low = bits[_PLACES[:word] >= word - widths[:, None]]
    return np.packbits(np.concatenate((high, low))).tobytes()


def _word_of(widths: Integers) -> int:
    """Return so many bits that the low ones of all values are within."""
    return _SHORT if np.maximum.reduce(widths, initial=0) <= _SHORT else _WORD


def _rice_values(bits: bytes, widths: Integers) -> Integers:
    varied = widths >= 0
    low_widths = widths[varied]
    stream = np.unpackbits(np.frombuffer(bits, np.uint8))
    ends = stream.nonzero()[0][: low_widths.size] + 1
    first = ends[-1] if ends.size else 0
    total = int(low_widths.sum())
    low = stream[first : first + total]
    if ends.size < low_widths.size or low.size < total:
        raise ValueError("Columns are cut short.")
    word = _word_of(low_widths)
    places = np.zeros((low_widths.size, word), np.uint8)
    places[_PLACES[:word] >= word - low_widths[:, None]] = low
    folded = np.packbits(places).view(f">u{word // 8}").astype(np.uint64)
    high = ends - 1
    high[1:] -= ends[:-1]
    folded |= high.astype(np.uint64) << low_widths.astype(np.uint64)
    values = np.zeros(widths.size, np.int64)
    values[varied] = (folded >> _ONE).view(np.int64) ^ -(folded & _ONE).view(np.int64)
    return values
