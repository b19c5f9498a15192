from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST_FILES: Final = 1_000_000
"""Of a folder or tar file, pictures or not."""
LINK: Final = "a link"
NOT_A_FILE: Final = "not a plain file"
TOO_LARGE: Final = "larger than 2 MiB"
ELSEWHERE: Final = "a path that leads elsewhere"


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A file beside a catalogue that may be a picture."""

    name: str
    read: Callable[[], bytes]
    """Returns at most one byte more than a picture may have."""
    fault: str | None = None
    """Why it is not taken, whatever is in it."""
