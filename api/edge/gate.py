"""Counts what clients hold: connections, and bytes of bodies under way."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from api.edge.addresses import TrustedProxies, address_key
from api.edge.descriptors import connections_within
from api.edge.refusals import ADDRESS_BUSY, SERVER_BUSY, TOO_MANY_BODIES
from api.errors import BODY_BUSY, Kind
from personalization.settings.http_limits import HttpLimits
from personalization.telemetry.metrics import CONNECTIONS_OPEN

MIB: Final = 2**20
LINGERING: Final = 256
"""Refused connections that may still read their answer, if there are descriptors for so many."""


class GuardedConnection(Protocol):
    unread_since: float
    """Since when its client has read nothing, or too little."""
    unread_bytes: int

    def check(self, now: float) -> None:
        """End the connection if its time has run out."""

    def cut_off(self) -> None:
        """End the connection with what its client has not read."""

    def give_way(self, kind: Kind) -> bool:
        """End the connection if it has no request under way; returns whether it does."""

    def give_body_up(self, kind: Kind) -> bool:
        """End the connection if its body is not all here; returns whether it does."""


class ConnectionGate:
    """One for each listening server; lives on its event loop."""

    def __init__(self, limits: HttpLimits, trusted_proxies: Sequence[str]) -> None:
        self.limits = limits
        self.proxies = TrustedProxies(trusted_proxies)
        places = connections_within(limits.connections + LINGERING)
        self.most_lingering = min(LINGERING, places // 4)
        self.most = min(limits.connections, places - self.most_lingering)
        self.lingering = 0
        self.body_bytes = 0
        # In the order in which they came.
        self._open: dict[GuardedConnection, None] = {}
        self._by_address: dict[str, dict[GuardedConnection, None]] = {}
        self._bodies: dict[GuardedConnection, tuple[str, int]] = {}
        """The address and the bytes of bodies that each connection holds, the oldest first."""
        self._body_bytes_of: Counter[str] = Counter()

    def admit(self, connection: GuardedConnection, host: str) -> Kind | None:
        """Count a connection; returns why it is one too many, if it is.

        The oldest connection that has no request under way gives way first: whoever opens many
        and says nothing loses them, and the others are answered.
        """
        others = self._by_address.setdefault(address_key(host), {})
        if len(self._open) - self.lingering >= self.most and not _make_way(self._open, SERVER_BUSY):
            refusal: Kind | None = SERVER_BUSY
        elif host in self.proxies or len(others) < self.limits.connections_per_address:
            refusal = None
        else:
            refusal = None if _make_way(others, ADDRESS_BUSY) else ADDRESS_BUSY
        self._open[connection] = others[connection] = None
        CONNECTIONS_OPEN.inc()
        return refusal

    def leave(self, connection: GuardedConnection, host: str) -> None:
        del self._open[connection]
        CONNECTIONS_OPEN.dec()
        address = address_key(host)
        del self._by_address[address][connection]
        if not self._by_address[address]:
            del self._by_address[address]

    def begin_lingering(self) -> bool:
        """Return whether one more may wait until its client has read why it was refused."""
        if self.lingering >= self.most_lingering:
            return False
        self.lingering += 1
        return True

    def take_body(self, connection: GuardedConnection, host: str, size: int) -> Kind | None:
        """Count bytes of a body; returns why they are too many, if they are.

        The bodies that have been waited for longest give way first.
        """
        address, held = self._bodies.get(connection, (address_key(host), 0))
        self._bodies[connection] = (address, held + size)
        self._body_bytes_of[address] += size
        self.body_bytes += size
        most = self.limits.body_mib * MIB
        share = most * self.limits.body_share
        self._end_bodies(lambda: self._body_bytes_of[address] > share, connection, address)
        self._end_bodies(lambda: self.body_bytes > most, connection)
        if self._body_bytes_of[address] > share:
            return TOO_MANY_BODIES
        return BODY_BUSY if self.body_bytes > most else None

    def _end_bodies(
        self, goes_on: Callable[[], bool], newest: GuardedConnection, address: str | None = None
    ) -> None:
        """End bodies, of one address or of all, as long as there are too many bytes of them."""
        if not goes_on():
            return
        kind = BODY_BUSY if address is None else TOO_MANY_BODIES
        for connection, (owner, _) in tuple(self._bodies.items()):
            if connection is not newest and address in {None, owner}:
                connection.give_body_up(kind)
            if not goes_on():
                return

    def give_back(self, connection: GuardedConnection, size: int) -> None:
        """Count bytes of a body no more, which has been read while more of it comes."""
        address, held = self._bodies.get(connection, ("", 0))
        taken = min(size, held)
        if taken:
            self._bodies[connection] = (address, held - taken)
            self.body_bytes -= taken
            _take_off(self._body_bytes_of, address, taken)

    def release_body(self, connection: GuardedConnection) -> None:
        address, size = self._bodies.pop(connection, ("", 0))
        self.body_bytes -= size
        _take_off(self._body_bytes_of, address, size)

    def sweep(self, now: float) -> None:
        """Let every connection look at its own clock."""
        for connection in tuple(self._open):
            connection.check(now)
        self._end_unread()

    def _end_unread(self) -> None:
        """End answers, those that are left unread for longest, while there is too much of them."""
        waiting = [connection for connection in self._open if connection.unread_bytes]
        unread = sum(connection.unread_bytes for connection in waiting)
        for connection in sorted(waiting, key=lambda connection: connection.unread_since):
            if unread <= self.limits.unread_mib * MIB:
                return
            unread -= connection.unread_bytes
            connection.cut_off()


def _make_way(connections: Iterable[GuardedConnection], kind: Kind) -> bool:
    return any(connection.give_way(kind) for connection in tuple(connections))


def _take_off(counts: Counter[str], key: str, amount: int) -> None:
    counts[key] -= amount
    if counts[key] <= 0:
        del counts[key]
