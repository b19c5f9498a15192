"""The order of scores: the best first, equal ones by their products."""

from random import Random

import numpy as np
import pytest

from personalization.domain.action_table import falling_order
from personalization.domain.identifiers import ProductId


@pytest.mark.parametrize("digits", [1, 9])
def test_the_best_is_first_and_equals_are_in_the_order_of_their_products(digits: int) -> None:
    random = Random(digits)
    for _ in range(50):
        count = random.randrange(40)
        scores = [round(random.uniform(-1, 1), digits) for _ in range(count)]
        ids = random.sample([ProductId(f"p{number}") for number in range(100)], count)

        order = falling_order(np.array(scores), ids)

        assert order == sorted(range(count), key=lambda at: (-scores[at], ids[at]))


def test_both_zeros_are_equal() -> None:
    assert falling_order(np.array([-0.0, 0.0]), [ProductId("b"), ProductId("a")]) == [1, 0]
