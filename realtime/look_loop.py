"""Looks again and again whether there is work, and waits where a store does not answer."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event as Flag
from typing import Final, Protocol

from personalization.domain.errors import PersonalizationError
from personalization.telemetry.metrics import STORE_FAILURES
from realtime.health import RoleHealth

_LOG: Final = logging.getLogger(__name__)
LOOK_SECONDS: Final = 1.0
_FAILED_SECONDS: Final = 2.0


class RunningRole(Protocol):
    @property
    def health(self) -> RoleHealth: ...

    def run(self) -> None:
        """Return once the stop flag is set."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look has left."""

    waiting: int
    pause: float = LOOK_SECONDS
    """Seconds until the next look."""


@dataclass(frozen=True, slots=True)
class LookedFor:
    """What a role looks for."""

    role: str
    store: str
    """The store, as the counter of failures names it."""
    look: Callable[[], Looked]
    retried: type[PersonalizationError]
    """After this the role looks again; any other error ends it."""


class LookLoop:
    """Runs until the stop flag is set; any number of processes may run one."""

    def __init__(self, looked_for: LookedFor, stop: Flag) -> None:
        self.health = RoleHealth()
        self._looked_for = looked_for
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
        task = self._looked_for
        try:
            looked = task.look()
        except task.retried as error:
            self.health.waiting_for = str(error)
            STORE_FAILURES.labels(task.store).inc()
            fields = {"role": task.role, "error": str(error)}
            _LOG.warning("a store does not answer, retrying", extra={"fields": fields})
            return _FAILED_SECONDS
        self.health.waiting_for = None
        self.health.lag = looked.waiting
        return looked.pause
