"""Whose a connection or a request is."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

SITE_BITS: Final = 64
"""An IPv6 site has at least this network for itself, and all addresses within it."""
EVERYBODY: Final = "*"
_LONGEST: Final = 64
"""Characters of an address; more are none."""

_Address = IPv4Address | IPv6Address


def address_of(text: str) -> _Address | None:
    """Parse an address as proxies write it: bare, with a port, or in brackets."""
    if len(text) > _LONGEST:
        return None
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=4096)
def address_key(host: str) -> str:
    """Return what limits count by: the address, or the site of an IPv6 address."""
    address = address_of(host)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, SITE_BITS), strict=False))
    return str(address) if address else host[:_LONGEST]


class TrustedProxies:
    """Believes forwarded headers from listed proxies, and from nobody else."""

    def __init__(self, listed: Sequence[str]) -> None:
        self._everybody = EVERYBODY in listed
        self._networks: tuple[IPv4Network | IPv6Network, ...] = tuple(
            ip_network(network, strict=False) for network in listed if network != EVERYBODY
        )

    def __contains__(self, host: str) -> bool:
        if self._everybody:
            return True
        address = address_of(host) if self._networks else None
        return address is not None and self._has(address)

    def _has(self, address: _Address) -> bool:
        return self._everybody or any(address in network for network in self._networks)

    def client_of(
        self, peer: str, headers: Iterable[tuple[bytes, bytes]]
    ) -> tuple[str, str | None]:
        """Return the client's address and its scheme, where a proxy tells one.

        Each proxy appends the address that it was called from: the last one that is not a proxy
        itself is the client's. What stands before it was sent by the client, who may say anything.
        """
        told: list[str] = []
        scheme = None
        for name, value in headers:
            if name == b"x-forwarded-for":
                told += value.decode("latin-1").split(",")
            elif name == b"x-forwarded-proto" and value in {b"http", b"https"}:
                scheme = value.decode()
        client = peer
        for text in reversed(told):
            address = address_of(text)
            if address is None:
                break
            client = str(address)
            if self._everybody or not self._has(address):
                break
        return client, scheme
