from enum import Enum, auto
from typing import Final


class ConnectionPhase(Enum):
    IDLE = auto()
    HEAD = auto()
    BODY = auto()
    BUSY = auto()
    """The request is here, its answer is not yet."""
    REFUSED = auto()


BETWEEN: Final = frozenset({ConnectionPhase.IDLE, ConnectionPhase.BUSY})
"""The next byte begins a request."""
