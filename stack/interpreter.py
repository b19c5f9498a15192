import gc
import sys

SWITCH_SECONDS = 0.002
"""Python's threads take turns; at the default of 5 ms an answer waits that long for a decision."""
COLLECT_AFTER = 50_000
"""Allocations between collections: decisions are made of many small values and no cycles."""


def prepare_interpreter() -> None:
    """Set the turns of threads and the garbage collector for this process."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(COLLECT_AFTER)
