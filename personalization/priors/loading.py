"""What takes a second is done beside whoever decides, in a thread of its own."""

import sys
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

_AT_ONCE = 500
_PAUSE_SECONDS = 0.001
"""In between: whoever decides would otherwise wait some milliseconds at each of its steps."""
_LONGEST_SECONDS = 10.0
"""A decision takes milliseconds."""


class Loading:
    """A call under way in a thread."""

    def __init__(self, load: Callable[[], None]) -> None:
        self._load = load
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run, name="loads a generation", daemon=True)
        self._thread.start()

    def is_over(self) -> bool:
        """Raise what ended the call, if anything did that it does not expect."""
        if self._failure is not None:
            raise self._failure
        return not self._thread.is_alive()

    def wait(self) -> None:
        self._thread.join()
        self.is_over()

    def _run(self) -> None:
        try:
            self._load()
        except BaseException as error:  # noqa: BLE001 (raised by `is_over`)
            self._failure = error


def take_apart(kept: dict[Any, Any]) -> None:
    """Free what is in a dictionary piece by piece, once nobody else has it any more.

    Freed at one stroke, a million objects would keep every thread waiting. The caller has dropped
    its own names for it. What somebody goes on holding is left to him.
    """
    until = time.monotonic() + _LONGEST_SECONDS
    while _references(kept) > _OWN_REFERENCES:
        if time.monotonic() > until:
            return
        time.sleep(_PAUSE_SECONDS)
    while kept:
        for _ in range(min(_AT_ONCE, len(kept))):
            kept.popitem()
        time.sleep(_PAUSE_SECONDS)


def take_apart_beside(given: list[dict[Any, Any]]) -> None:
    """Do so in a thread, with the dictionary that is in the list: it is taken out of it there."""
    Thread(target=lambda: take_apart(given.pop()), name="frees lists", daemon=True).start()


def _references(kept: dict[Any, Any]) -> int:
    return sys.getrefcount(kept)


def _own_references() -> int:
    """Return how many there are in a call like that of `take_apart`: releases of Python differ."""

    def count(kept: dict[Any, Any]) -> int:
        return _references(kept)

    return count({})


_OWN_REFERENCES = _own_references()
