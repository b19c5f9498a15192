"""Runs roles on threads until told to stop; one that fails stops them all."""

import logging
from collections.abc import Callable, Mapping, Sequence
from threading import Event as Flag
from threading import Thread

from realtime.health import RoleReport
from realtime.wiring import ROLES, Foundation

_LOG = logging.getLogger(__name__)
JOIN_SECONDS = 30.0


class RealtimeService:
    """The real-time service: one thread a role, since each waits mostly on its stores."""

    def __init__(self, base: Foundation, roles: Sequence[str] = tuple(ROLES)) -> None:
        self._stop = Flag()
        self._failed: list[str] = []
        loops = {name: ROLES[name](base, self._stop) for name in roles}
        self._health = {name: loop.health for name, loop in loops.items()}
        self._threads = [
            Thread(target=self._run, args=(name, loop.run), name=name, daemon=True)
            for name, loop in loops.items()
        ]

    def start(self) -> None:
        """Start all roles."""
        for thread in self._threads:
            thread.start()

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait until told to stop or a role failed; return whether that came to pass."""
        return self._stop.wait(timeout_seconds)

    def request_stop(self) -> None:
        """Ask all roles to finish what they hold and stop."""
        self._stop.set()

    def stop(self) -> bool:
        """Stop all roles; return whether all of them had run without failing."""
        self._stop.set()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)
        # A role that does not end counts as failed: its stores are closed under it next.
        return not self._failed and not any(thread.is_alive() for thread in self._threads)

    @property
    def failed(self) -> Sequence[str]:
        """The roles that failed."""
        return tuple(self._failed)

    def reports(self, stuck_seconds: float) -> Mapping[str, RoleReport]:
        """Return how each role is doing."""
        return {
            name: role_health.report(stuck_seconds) for name, role_health in self._health.items()
        }

    def _run(self, name: str, run: Callable[[], None]) -> None:
        completed = False
        try:
            run()
            completed = True
        finally:
            # The whole process ends with a failed role, so that a supervisor starts it anew.
            if not completed:
                self._failed.append(name)
                self._health[name].failed = True
                _LOG.critical("role failed, stopping", extra={"fields": {"role": name}})
            self._stop.set()
