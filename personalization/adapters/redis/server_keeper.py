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


def keep_running(
    has_ended: Callable[[], bool], start_again: Callable[[], None], closing: threading.Event
) -> None:
    """Look after the server until `closing` is set."""
    pause, began = FIRST_PAUSE_SECONDS, time.monotonic()
    while not closing.wait(_LOOK_SECONDS):
        if not has_ended():
            continue
        if time.monotonic() - began >= STEADY_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        STORE_FAILURES.labels(store="embedded_redis").inc()
        _LOG.warning("the embedded Redis has ended: it is started again in %.2f s", pause)
        if closing.wait(pause):
            return
        pause, began = min(2 * pause, LONGEST_PAUSE_SECONDS), time.monotonic()
        try:
            start_again()
        except (StoreUnavailableError, OSError) as error:
            _LOG.warning("the embedded Redis could not be started again: %s", error)
