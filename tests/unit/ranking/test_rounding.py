"""Relevances and strengths keep as many bits as the tuning says, the last one rounded."""

import numpy as np
import pytest

from personalization.domain.action_table import Floats
from personalization.domain.tuning import EVERY_BIT, KEPT_BITS
from personalization.ranking.blend import Drafts


def numbers() -> Floats:
    generator = np.random.default_rng(5)
    few = [0.0, 1.0, 0.5, 1.9999999999, 0.3, 4.6, 123_456.0, 1e-12]
    spread = 10.0 ** generator.uniform(-9, 6, 1_000)
    return np.concatenate((few, spread))[np.newaxis]


@pytest.mark.parametrize("bits", [4, KEPT_BITS, 12, 51])
def test_the_error_is_at_most_half_of_the_last_bit(bits: int) -> None:
    exact = numbers()

    drafts = Drafts(exact, exact).round_to(bits)

    assert np.all(np.abs(drafts.relevances - exact) <= exact * 2.0 ** -(bits + 1))
    assert np.array_equal(drafts.strengths, drafts.relevances)
    assert not np.any(drafts.relevances.view(np.int64) & ((1 << EVERY_BIT - bits) - 1))


def test_rounding_twice_is_rounding_once() -> None:
    once = Drafts(numbers(), numbers()).round_to(KEPT_BITS)

    assert np.array_equal(once.round_to(KEPT_BITS).strengths, once.strengths)


def test_with_every_bit_nothing_changes() -> None:
    drafts = Drafts(numbers(), numbers())

    assert drafts.round_to(EVERY_BIT) is drafts
