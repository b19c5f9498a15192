"""What is done to a running shop, one fault at a time, in a seeded order."""

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import redis

from faults.garbage import publish_garbage
from faults.shop import FaultyShop

PAUSE_SECONDS = (0.6, 2.4)
"""Between two faults: less than a process takes to start, and more."""
SETTLE_SECONDS = 6.0
"""After a service was away: what comes later is not its doing."""
AWAY_SECONDS = {"kafka": 0.0, "cassandra": 0.0, "redis": 2.0}
"""A broker and a node are started again at once, which takes them seconds; Redis is back in
no time, so it is kept away for a while."""
GARBAGE_RECORDS = 300
OVERLAP_SECONDS = 1.5
"""Longer than a read takes: what met a replica that was down is answered by then."""
LATELY_SECONDS = 10.0
FULL_SECONDS = 5.0
LEFT_FREE_MIB = 16
"""Less than the embedded stores leave free, by the default of their setting."""
_API = ("api-1", "api-2")
_OUTAGES = frozenset({"restart", "fill"})


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault that was done: monotonic seconds of the fault and of everything being up again."""

    kind: str
    target: str
    at: float
    up_at: float


@dataclass(slots=True)
class Injector:
    shop: FaultyShop
    chance: random.Random
    done: list[Injected] = field(default_factory=list)
    garbage: int = 0

    def plan(self, kills: int, service_faults: int) -> list[tuple[str, str]]:
        """Return a seeded order of so many process kills, and so many faults of each service."""
        victims = [self.chance.choice(list(self.shop.processes)) for _ in range(kills)]
        faults = [("kill", victim) for victim in victims]
        for name in self.shop.services:
            faults += [("restart", name)] * service_faults
        faults += [("flush", "redis"), ("garbage", "log")] * service_faults
        if not self.shop.real:
            faults += [("fill", "disk")] * service_faults
        self.chance.shuffle(faults)
        return faults

    def run(self, faults: Sequence[tuple[str, str]]) -> Iterator[Injected]:
        """Do the faults one after the other, yielding each once it is done."""
        actions: dict[str, Callable[[str], None]] = {
            "kill": self._kill,
            "restart": self._restart,
            "flush": self._flush,
            "garbage": self._garbage,
            "fill": self._fill,
        }
        for kind, target in faults:
            time.sleep(self.chance.uniform(*PAUSE_SECONDS))
            if target in _API:
                # Two replicas promise to survive one of them: no read may meet both failures, the
                # one before the other is up and the one after.
                [other] = [process for process in _API if process != target]
                if not self.shop.answers(other) or self._killed_lately(other):
                    self.shop.wait_for(other)
                    time.sleep(OVERLAP_SECONDS)
            at = time.monotonic()
            actions[kind](target)
            self.done.append(Injected(kind, target, at, time.monotonic()))
            yield self.done[-1]
            if kind in _OUTAGES:
                time.sleep(SETTLE_SECONDS)

    def moments(self, kind: str, prefix: str) -> list[float]:
        faults = (fault for fault in self.done if fault.kind == kind)
        return [fault.at for fault in faults if fault.target.startswith(prefix)]

    def outages(self) -> list[tuple[float, float]]:
        """Return the spans in which a service was away or had just come back."""
        restarts = [fault for fault in self.done if fault.kind == "restart"]
        return [(fault.at, fault.up_at + SETTLE_SECONDS) for fault in restarts]

    def _killed_lately(self, target: str) -> bool:
        since = time.monotonic() - LATELY_SECONDS
        return any(injection.target == target and injection.at > since for injection in self.done)

    def _kill(self, target: str) -> None:
        self.shop.processes[target].kill()

    def _restart(self, target: str) -> None:
        server = self.shop.services[target]
        server.kill()
        time.sleep(AWAY_SECONDS[target])
        server.start()

    def _flush(self, _: str) -> None:
        with redis.Redis.from_url(self.shop.services["redis"].address) as client:
            client.flushall()

    def _garbage(self, _: str) -> None:
        self.garbage += publish_garbage(self.shop, GARBAGE_RECORDS, self.chance)

    def _fill(self, _: str) -> None:
        """Fill the disk of the embedded stores, and make room again after a while."""
        ballast = self.shop.home / "ballast"
        free_mib = shutil.disk_usage(self.shop.home).free // 2**20
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, free_mib - LEFT_FREE_MIB) * 2**20)
        time.sleep(FULL_SECONDS)
        ballast.unlink()
