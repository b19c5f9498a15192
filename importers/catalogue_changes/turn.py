"""One import at a time in a home."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from personalization.domain.errors import ImportRejectedError


@contextmanager
def import_turn(home: Path) -> Iterator[None]:
    """Refuse an import while another one into the same home is under way."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "import.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ImportRejectedError(
                f"Another import into {home} is under way. Nothing was imported; try again once"
                " it has ended."
            ) from error
        yield
