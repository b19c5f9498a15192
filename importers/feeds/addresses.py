"""Which addresses a feed may be fetched from: allowed hosts, and nothing in the local network."""

import asyncio
import ipaddress
import socket
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from personalization.domain.errors import ImportRejectedError
from personalization.settings.feeds import FeedSettings

_PORTS: Final = {"http": 80, "https": 443}
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that a gateway translates to the IPv4 address in their last 32 bits."""
_IPV4_BITS: Final = (1 << 32) - 1

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_url(text: str, settings: FeedSettings) -> URL:
    """Return the address of a feed, or of a page that one points to.

    Raises `ImportRejectedError` with what to set where it may not be fetched.
    """
    try:
        url = URL(text)
        host = url.host or ""
    except ValueError as error:
        raise ImportRejectedError(f"This is no address of a feed: {error}.") from error
    if url.scheme not in _PORTS or not host:
        raise ImportRejectedError("The address of a feed begins with https:// and a host.")
    if url.scheme == "http" and not settings.allow_http:
        raise ImportRejectedError(
            f"The feed of {host} would come without encryption: use https, or set"
            " FITTING_ROOM_FEEDS_ALLOW_HTTP."
        )
    if not _is_allowed(host, settings.allowed_hosts):
        raise ImportRejectedError(
            f"Feeds may not be fetched from {host}: name it in FITTING_ROOM_FEEDS_ALLOWED_HOSTS,"
            f' such as ["{host}"].'
        )
    if _looks_like_address(host):
        _check_address(host, host, settings)
    return url


class CheckedResolver(AbstractResolver):
    """Resolves a name once, and hands on only what was looked at: that is connected to."""

    def __init__(self, settings: FeedSettings) -> None:
        self._settings = settings

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; one that is not allowed refuses all of them."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys((kind, str(place[0])) for kind, _, _, _, place in found))
        for _, address in addresses:
            _check_address(address, host, self._settings)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, address in addresses
        ]

    async def close(self) -> None:
        """Do nothing: nothing is open."""


def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    name = _plain(host)
    return any(
        name == _plain(each) or (each.startswith(".") and name.endswith(_plain(each)))
        for each in allowed
    )


def _plain(host: str) -> str:
    """Return the one spelling of a host; an address has several."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.casefold().rstrip(".")


def _looks_like_address(host: str) -> bool:
    """Whether the client connects to it without asking for a name; `2130706433` is such a one."""
    return ":" in host or host.replace(".", "").isdigit()


def _check_address(text: str, host: str, settings: FeedSettings) -> None:
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError as error:
        raise ImportRejectedError(f"{host} is no address of the internet.") from error
    if not settings.allow_local and not all(map(_is_public, (address, *_inner(address)))):
        raise ImportRejectedError(
            f"The feed of {host} lies in the local network ({address}): set"
            " FITTING_ROOM_FEEDS_ALLOW_LOCAL if it is meant."
        )


def _inner(address: Address) -> tuple[Address, ...]:
    """Return the IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    teredo = address.teredo or ()
    found = [address.ipv4_mapped, address.sixtofour, *teredo]
    if address in _TRANSLATED:
        found.append(ipaddress.IPv4Address(int(address) & _IPV4_BITS))
    return tuple(each for each in found if each is not None)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return True
    return address.is_global and not address.is_multicast
