"""Counts what clients hold: connections, and bytes of bodies under way."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, Protocol

from api.edge.addresses import TrustedProxies, address_key
from api.edge.descriptors import connections_within
from api.edge.refusals import ADDRESS_BUSY, SERVER_BUSY, TOO_MANY_BODIES
from api.errors import BODY_BUSY, Kind
from personalization.settings.http_limits import HttpLimits
from personalization.telemetry.metrics import CONNECTIONS_OPEN

MIB: Final = 2**20
LINGERING: Final = 256
"""Refused connections that may still read their answer; more are cut at once."""


class GuardedConnection(Protocol):
    def check(self, now: float) -> None:
        """End the connection if its time has run out."""


class ConnectionGate:
    """One for each listening server; lives on its event loop."""

    def __init__(self, limits: HttpLimits, trusted_proxies: Sequence[str]) -> None:
        self.limits = limits
        self.proxies = TrustedProxies(trusted_proxies)
        self.most = connections_within(limits.connections)
        self.lingering = 0
        self.body_bytes = 0
        self._open: set[GuardedConnection] = set()
        self._by_address: Counter[str] = Counter()
        self._bodies: Counter[str] = Counter()

    def admit(self, connection: GuardedConnection, host: str) -> Kind | None:
        """Count a connection; returns why it is one too many, if it is."""
        self._open.add(connection)
        CONNECTIONS_OPEN.inc()
        address = address_key(host)
        self._by_address[address] += 1
        if len(self._open) - self.lingering > self.most:
            return SERVER_BUSY
        is_one_client = host not in self.proxies
        if is_one_client and self._by_address[address] > self.limits.connections_per_address:
            return ADDRESS_BUSY
        return None

    def leave(self, connection: GuardedConnection, host: str) -> None:
        self._open.discard(connection)
        CONNECTIONS_OPEN.dec()
        _take_off(self._by_address, address_key(host), 1)

    def begin_lingering(self) -> bool:
        """Return whether one more may wait until its client has read why it was refused."""
        if self.lingering >= LINGERING:
            return False
        self.lingering += 1
        return True

    def take_body(self, host: str, size: int) -> Kind | None:
        """Count bytes of a body; returns why they are too many, if they are."""
        address = address_key(host)
        self._bodies[address] += size
        self.body_bytes += size
        most = self.limits.body_mib * MIB
        if self._bodies[address] > most * self.limits.body_share:
            return TOO_MANY_BODIES
        return BODY_BUSY if self.body_bytes > most else None

    def release_body(self, host: str, size: int) -> None:
        self.body_bytes -= size
        _take_off(self._bodies, address_key(host), size)

    def sweep(self, now: float) -> None:
        """Let every connection look at its own clock."""
        for connection in tuple(self._open):
            connection.check(now)


def _take_off(counts: Counter[str], key: str, amount: int) -> None:
    counts[key] -= amount
    if counts[key] <= 0:
        del counts[key]
