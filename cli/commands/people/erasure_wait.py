"""Works at erasures until their live part is done, and says how far it is."""

import time
from collections.abc import Sequence

from rich.console import Console
from rich.status import Status

from personalization.domain.clock import Clock
from personalization.erasure.erasure_request import ErasureRequest, ErasureState
from personalization.erasure.worker import SETTLE, ErasureWorker

_WAIT_SECONDS = 60.0
"""Without anything done. The live part of one request takes less, or is left to the service."""
_LINES = 10
"""Of progress, where no terminal shows it: the fewest that say something of a large request."""


class ErasureWait:
    def __init__(self, worker: ErasureWorker, ids: Sequence[str], clock: Clock) -> None:
        self._worker = worker
        self._clock = clock
        self._count = len(ids)
        self._waiting = set(ids)
        self._begun = set[str]()
        self._console = Console(stderr=True)
        self._status: Status = self._console.status("Erasing")
        self._steps_said = 0
        self._ends = 0.0

    def wait(self) -> int:
        """Return how many requests still wait."""
        self._go_on()
        with self._status:
            while True:
                self._worker.work(on_request=self._note, newest_first=True)
                # One that another process has finished is not looked at here.
                self._waiting.intersection_update(self._worker.book.open().waiting)
                if not self._waiting or self._now() > self._ends:
                    return len(self._waiting)
                time.sleep(SETTLE.total_seconds() / 5)

    def _note(self, request: ErasureRequest) -> None:
        name = request.request_id
        if name not in self._waiting:
            return
        if name not in self._begun:
            self._begun.add(name)
            self._go_on()
        if request.state is not ErasureState.WAITING:
            self._waiting.discard(name)
            self._go_on()
        self._tell()

    def _tell(self) -> None:
        done = self._count - len(self._waiting)
        text = f"Erasing: {len(self._begun):,} of {self._count:,} requests begun, {done:,} done"
        self._status.update(text)
        # Each request is begun and done: two steps.
        steps = (len(self._begun) + done) * _LINES // (2 * self._count)
        if not self._console.is_terminal and self._count > _LINES and steps > self._steps_said:
            self._steps_said = steps
            self._console.print(text)

    def _go_on(self) -> None:
        self._ends = self._now() + _WAIT_SECONDS

    def _now(self) -> float:
        return self._clock.now().timestamp()
