import ctypes
import gc
import sys

SWITCH_SECONDS = 0.002
"""Python's threads take turns; at the default of 5 ms an answer waits that long for a decision."""
COLLECT_AFTER = 50_000
"""Allocations between collections: decisions are made of many small values and no cycles."""
_ARENAS, _MAPPED_FROM = -8, -3
"""Of `mallopt` in the C library of Linux (malloc.h)."""
ARENAS = 2
"""Heaps that threads share: as many as processors of a small machine, not eight for each."""
MAPPED_FROM_BYTES = 128 * 1024
"""Larger pieces are given back to the system when they are freed. Left alone, the library raises
this to what was freed last, and snapshots of megabytes riddle its heaps: after two minutes of
traffic 230 MiB instead of 360."""


def prepare_interpreter() -> None:
    """Set the turns of threads, the garbage collector and the C heaps for this process."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(COLLECT_AFTER)
    # Other C libraries have no such function, and other habits.
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENAS, ARENAS)
        mallopt(_MAPPED_FROM, MAPPED_FROM_BYTES)
