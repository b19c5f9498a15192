"""Numbers come back to their last bit, in the order in which they were given."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.codec.float_planes import float_bytes, from_planes


@given(st.lists(st.floats()))
def test_numbers_come_back(numbers: list[float]) -> None:
    packed = [struct.pack(">d", number) for number in numbers]
    planes = [bytes(plane) for plane in zip(*packed, strict=True)]

    assert float_bytes(numbers) == b"".join(packed)
    assert float_bytes(from_planes(b"".join(planes))) == float_bytes(numbers)


def test_planes_that_are_cut_short_are_refused() -> None:
    with pytest.raises(ValueError, match="cut short"):
        from_planes(b"1234567")
