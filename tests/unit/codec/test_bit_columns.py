"""Columns come back to the last bit, and take few bits where they say little."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.codec.bit_columns import pack_columns, unpack_columns

_WORDS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.integers(-9, 9), st.just(-(2**63)), st.just(2**63 - 1)
)
_INTEGERS = st.lists(_WORDS, min_size=1, max_size=12).map(lambda each: np.array(each, np.int64))
_FLOATS = st.lists(st.floats(), min_size=1, max_size=12).map(np.array)


@given(floats=st.lists(_FLOATS, max_size=4), integers=st.lists(_INTEGERS, max_size=4))
def test_any_columns_come_back(
    floats: list[np.ndarray[tuple[int], np.dtype[np.float64]]],
    integers: list[np.ndarray[tuple[int], np.dtype[np.int64]]],
) -> None:
    read_floats, read_integers = unpack_columns(*pack_columns(floats, integers))

    assert [column.tobytes() for column in read_floats] == [each.tobytes() for each in floats]
    assert [column.tolist() for column in read_integers] == [each.tolist() for each in integers]


def test_numbers_of_a_few_bits_take_a_few_bits() -> None:
    rounded = np.array([math.ldexp(256 + number, -12) for number in range(256)])

    _, bits = pack_columns([rounded], [])

    assert len(bits) <= rounded.size * 10 / 8


def test_a_column_of_one_value_takes_none() -> None:
    _, bits = pack_columns([np.full(90, 0.1)], [np.zeros(90, np.int64)])

    assert bits == b""


def test_missing_bits_are_noticed() -> None:
    heads, bits = pack_columns([], [np.arange(90) ** 2])

    with pytest.raises(ValueError, match="cut short"):
        unpack_columns(heads, bits[:-2])
