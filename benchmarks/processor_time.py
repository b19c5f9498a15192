"""Processor time of one thread, so that a busy machine does not show."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

_One = TypeVar("_One")
ROUNDS = 5


def mean_of(call: Callable[[_One], object], values: Sequence[_One]) -> float:
    """Return the mean processor time per value (seconds)."""
    started = time.process_time()
    for value in values:
        call(value)
    return (time.process_time() - started) / len(values)


def least_mean_of(call: Callable[[_One], object], values: Sequence[_One]) -> float:
    """Return the least mean processor time per value (seconds) over some rounds."""
    return min(mean_of(call, values) for _ in range(ROUNDS))
