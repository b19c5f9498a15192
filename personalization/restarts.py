"""Begins again what has ended, after growing pauses, until it is to stop."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Final

from personalization.domain.clock import GrowingPause

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Restarts:
    name: str
    """What the log calls it, such as `the roles' process`."""
    run: Callable[[], None]
    """Runs it to its end; raises `OSError` where it cannot be started."""
    note_end: Callable[[], None]
    """Called when it has ended though it was not to stop, before the pause."""
    is_stopping: Callable[[], bool]
    changed: Condition
    """Told when it is to stop."""
    first_pause_seconds: float

    def keep(self) -> None:
        """Return once it is to stop (blocks)."""
        pause = GrowingPause(self.first_pause_seconds)
        while not self.is_stopping():
            pause.begin()
            try:
                self.run()
            except OSError as error:
                _LOG.warning("%s cannot be started: %s", self.name, error)
            if self.is_stopping():
                return
            self.note_end()
            _LOG.critical("%s ended and is begun again after a pause", self.name)
            with self.changed:
                self.changed.wait_for(self.is_stopping, pause.seconds())
