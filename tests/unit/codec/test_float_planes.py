"""Numbers come back to their last bit, in the order in which they were given."""

import struct
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.codec.float_planes import float_bytes, from_planes, to_planes


@given(st.lists(st.floats()))
def test_numbers_come_back(numbers: list[float]) -> None:
    planes = to_planes(numbers)

    assert float_bytes(from_planes(b"".join(planes))) == float_bytes(numbers)


def test_the_first_plane_has_signs_and_exponents() -> None:
    numbers = [1.5, -0.0, inf, nan]

    packed = [struct.pack(">d", number) for number in numbers]

    assert to_planes(numbers) == [bytes(plane) for plane in zip(*packed, strict=True)]


def test_planes_that_are_cut_short_are_refused() -> None:
    with pytest.raises(ValueError, match="cut short"):
        from_planes(b"1234567")
