"""Begins the embedded server again when it has crashed."""

import logging
import threading
import time
from collections.abc import Callable

from personalization.domain.errors import StoreUnavailableError
from personalization.telemetry.metrics import STORE_FAILURES

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 60.0
"""Pauses double between these: quick after a crash, gentle where each start fails."""
STEADY_SECONDS = 60.0
"""A server that ran for so long has recovered: the next pause is the first one again."""
_LOOK_SECONDS = 0.25

_LOG = logging.getLogger(__name__)


class ServerKeeper:
    """Looks after the server on a thread of its own, until it is closed."""

    def __init__(self, has_ended: Callable[[], bool], start_again: Callable[[], None]) -> None:
        self._has_ended = has_ended
        self._start_again = start_again
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="redis-keeper", daemon=True)
        self._thread.start()

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        pause, began = FIRST_PAUSE_SECONDS, time.monotonic()
        while not self._closing.wait(_LOOK_SECONDS):
            if not self._has_ended():
                continue
            if time.monotonic() - began >= STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            STORE_FAILURES.labels(store="embedded_redis").inc()
            _LOG.warning("the embedded Redis has ended: it is started again in %.2f s", pause)
            if self._closing.wait(pause):
                return
            pause, began = min(2 * pause, LONGEST_PAUSE_SECONDS), time.monotonic()
            try:
                self._start_again()
            except (StoreUnavailableError, OSError) as error:
                _LOG.warning("the embedded Redis could not be started again: %s", error)
