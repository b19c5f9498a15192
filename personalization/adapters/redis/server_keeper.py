"""Begins the embedded server again when it has crashed."""

import logging
import threading
from collections.abc import Callable

from personalization.domain.clock import GrowingPause
from personalization.domain.errors import StoreUnavailableError
from personalization.telemetry.metrics import STORE_FAILURES

FIRST_PAUSE_SECONDS = 0.25
"""Quick after a crash; the next ones grow, for where each start fails."""
_LOOK_SECONDS = 0.25

_LOG = logging.getLogger(__name__)


def keep_running(
    has_ended: Callable[[], bool], start_again: Callable[[], None], closing: threading.Event
) -> None:
    """Look after the server until `closing` is set."""
    pause = GrowingPause(FIRST_PAUSE_SECONDS)
    while not closing.wait(_LOOK_SECONDS):
        if not has_ended():
            continue
        seconds = pause.seconds()
        STORE_FAILURES.labels(store="embedded_redis").inc()
        _LOG.warning("the embedded Redis has ended: it is started again in %.2f s", seconds)
        if closing.wait(seconds):
            return
        pause.begin()
        try:
            start_again()
        except (StoreUnavailableError, OSError) as error:
            _LOG.warning("the embedded Redis could not be started again: %s", error)
