"""Waiting for what another thread or process does, with an end."""

import time
from collections.abc import Callable

LONGEST_SECONDS = 10.0
LOOK_SECONDS = 0.002


def eventually(condition: Callable[[], bool], within_seconds: float = LONGEST_SECONDS) -> None:
    """Return as soon as the condition holds; fail if it never does."""
    deadline = time.monotonic() + within_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_seconds} s")
        time.sleep(LOOK_SECONDS)
