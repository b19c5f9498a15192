"""Runs roles on threads until a stop is asked for; a role that fails stops them all."""

import logging
from collections.abc import Callable, Mapping, Sequence
from threading import Event as Flag
from threading import Thread

from realtime.health import RoleReport
from realtime.wiring import ROLES, RoleResources

_LOG = logging.getLogger(__name__)
JOIN_SECONDS = 30.0


class RealtimeService:
    def __init__(self, base: RoleResources, roles: Sequence[str] = tuple(ROLES)) -> None:
        self._stop = Flag()
        self._failed: list[str] = []
        loops = {name: ROLES[name](base, self._stop) for name in roles}
        self._health = {name: loop.health for name, loop in loops.items()}
        self._threads = [
            Thread(target=self._run, args=(name, loop.run), name=name, daemon=True)
            for name, loop in loops.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait until a stop is asked for or a role fails; return whether that happened."""
        return self._stop.wait(timeout_seconds)

    def request_stop(self) -> None:
        self._stop.set()

    def stop(self) -> bool:
        """Stop all roles; return whether none of them failed."""
        self._stop.set()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)
        # A role that does not end counts as failed: its stores are closed under it next.
        return not self._failed and not any(thread.is_alive() for thread in self._threads)

    def reports(self, stuck_seconds: float) -> Mapping[str, RoleReport]:
        return {name: health.report(stuck_seconds) for name, health in self._health.items()}

    def _run(self, name: str, run: Callable[[], None]) -> None:
        completed = False
        try:
            run()
            completed = True
        finally:
            # The whole process ends with a failed role, so that a supervisor restarts it.
            if not completed:
                self._failed.append(name)
                self._health[name].failed = True
                _LOG.critical("role failed, stopping", extra={"fields": {"role": name}})
            self._stop.set()
