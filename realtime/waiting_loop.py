"""Looks now and then whether the catalogue has what events wait for."""

import logging
import time
from threading import Event as Flag
from typing import Final, Protocol

from personalization.domain.errors import StoreUnavailableError
from personalization.telemetry.metrics import (
    EVENTS_OF_UNKNOWN_PRODUCTS,
    STORE_FAILURES,
    UNKNOWN_PRODUCT_EVENTS_WAITING,
)
from personalization.tracking.waiting_events import WaitingEvents
from realtime.health import RoleHealth

_LOG = logging.getLogger(__name__)
LOOK_SECONDS: Final = 1.0
MOST_OF_THE_TIME: Final = 0.1
"""Where a look takes long, since very many wait, so much of the time is spent on looks."""
_LONGEST_PAUSE_SECONDS: Final = 10.0
_FAILED_SECONDS: Final = 2.0


class RunningRole(Protocol):
    @property
    def health(self) -> RoleHealth: ...

    def run(self) -> None:
        """Return once the stop flag is set."""

    def close(self) -> None: ...


class WaitingLoop:
    """Runs until the stop flag is set; any number of processes may run one."""

    def __init__(self, events: WaitingEvents, stop: Flag) -> None:
        self.health = RoleHealth()
        self._events = events
        self._stop = stop

    def run(self) -> None:
        pause = 0.0
        while not self._stop.wait(pause):
            pause = self._look()

    def close(self) -> None:
        """Close nothing: the stores are others'."""

    def _look(self) -> float:
        """Return how long to wait for the next look."""
        self.health.note_turn()
        began = time.monotonic()
        try:
            tally = self._events.publish_due()
        except StoreUnavailableError as error:
            self.health.waiting_for = str(error)
            STORE_FAILURES.labels("waiting").inc()
            fields = {"role": "waiting", "error": str(error)}
            _LOG.warning("a store does not answer, retrying", extra={"fields": fields})
            return _FAILED_SECONDS
        self.health.waiting_for = None
        self.health.lag = tally.waiting
        UNKNOWN_PRODUCT_EVENTS_WAITING.set(tally.waiting)
        for outcome, count in tally.outcomes.items():
            EVENTS_OF_UNKNOWN_PRODUCTS.labels(outcome.value).inc(count)
        pause = (time.monotonic() - began) / MOST_OF_THE_TIME
        return min(max(LOOK_SECONDS, pause), _LONGEST_PAUSE_SECONDS)
