import resource
from typing import Final

RESERVED: Final = 192
"""Open files that are no connections: stores, logs, the modules' own."""
FEWEST: Final = 16


def connections_within(wanted: int) -> int:
    """Return how many connections the process may open, having asked for as many as it may.

    A process without descriptors can neither accept nor read its stores: better that it refuses.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVED
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(FEWEST, soft - RESERVED))
