import ctypes
import gc
import sys
import time
from threading import Thread

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


TRIM_SECONDS = 5.0
"""Between two returns of free pages to the system: the library gives back the end of a heap only,
and a model that is loaded or saved leaves 20 MB free before it. It takes 1 ms, 0.05 without any."""


def prepare_interpreter() -> None:
    """Set the turns of threads, the garbage collector and the C heaps for this process."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(COLLECT_AFTER)
    library = ctypes.CDLL(None)
    # Other C libraries have no such functions, and other habits.
    if hasattr(library, "mallopt"):
        library.mallopt(_ARENAS, ARENAS)
        library.mallopt(_MAPPED_FROM, MAPPED_FROM_BYTES)
    if hasattr(library, "malloc_trim"):
        Thread(target=_trim, args=(library,), name="heap", daemon=True).start()


def _trim(library: ctypes.CDLL) -> None:
    while True:
        library.malloc_trim(0)
        time.sleep(TRIM_SECONDS)
