"""Runs roles on threads until a stop is asked for."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from threading import Event as Flag
from threading import Thread

from personalization.domain.clock import GrowingPause
from personalization.telemetry.metrics import ROLE_FAILURES
from realtime.health import RoleHealth, RoleReport
from realtime.look_loop import RunningRole
from realtime.wiring import ROLES, RoleResources

_LOG = logging.getLogger(__name__)
JOIN_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 1.0
"""Before a failed role is begun again; the next ones grow."""

Roles = Mapping[str, Callable[[RoleResources, Flag], RunningRole]]


class RealtimeService:
    """Roles of a process of their own: one that fails stops them all, for a supervisor to see."""

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
        # A role that does not end counts as failed: its stores are closed under it next.
        return _join(self._threads) and not self._failed

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
                ROLE_FAILURES.labels(name).inc()
                _LOG.critical("role failed, stopping", extra={"fields": {"role": name}})
            self._stop.set()


class RoleSupervisor:
    """Roles beside an API in one process: each fails alone, and is begun again after a pause.

    Pages go on without any of them: a profile is then the last one, or made of priors.
    """

    def __init__(
        self,
        base: RoleResources,
        roles: Roles = ROLES,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        self._base = base
        self._roles = roles
        self._first_pause_seconds = first_pause_seconds
        self._stop = Flag()
        self._health = {name: RoleHealth() for name in roles}
        self._threads = [
            Thread(target=self._keep, args=(name,), name=name, daemon=True) for name in roles
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> bool:
        """Stop all roles; return whether all of them ran until then and have ended."""
        self._stop.set()
        ended = _join(self._threads)
        return ended and not any(health.failed for health in self._health.values())

    def reports(self, stuck_seconds: float) -> Mapping[str, RoleReport]:
        return {name: health.report(stuck_seconds) for name, health in self._health.items()}

    def _keep(self, name: str) -> None:
        pause = GrowingPause(self._first_pause_seconds)
        while not self._stop.is_set():
            pause.begin()
            if not self._run(name):
                self._stop.wait(pause.seconds())

    def _run(self, name: str) -> bool:
        """Run the role to its end; return whether that was no failure."""
        try:
            loop = self._roles[name](self._base, self._stop)
            self._health[name] = loop.health
            with closing(loop):
                loop.run()
        except Exception as error:  # noqa: BLE001 - of whatever kind: told, and begun again
            self._health[name].fail(error)
            ROLE_FAILURES.labels(name).inc()
            _LOG.critical("role failed", extra={"fields": {"role": name}}, exc_info=error)
            return False
        return True


def _join(threads: Sequence[Thread]) -> bool:
    for thread in threads:
        thread.join(JOIN_SECONDS)
    return not any(thread.is_alive() for thread in threads)
