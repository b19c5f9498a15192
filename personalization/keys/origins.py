"""Origins of pages: whose browsers may use a publishable key."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from personalization.domain.errors import InvalidKeyError

MAXIMUM_ORIGINS: Final = 50
_MAXIMUM_LENGTH: Final = 255
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_ANY_PORT: Final = ":*"
DEVELOPMENT_ORIGINS: Final = tuple(f"http://{host}{_ANY_PORT}" for host in sorted(_LOOPBACK))
"""Pages of this machine, on whatever port."""


def normal_origin(text: str) -> str:
    """Return an origin as browsers send it: lower case, without the scheme's own port.

    `http://localhost:*` (or 127.0.0.1, [::1]) is any port of this machine, for development. Raises
    `InvalidKeyError` for anything else than scheme://host or scheme://host:port.
    """
    wanted = text.strip().lower()
    any_port = wanted.endswith(_ANY_PORT)
    origin = _origin_of(wanted.removesuffix(_ANY_PORT) if any_port else wanted)
    if origin is None:
        raise InvalidKeyError(
            f"{text[:_MAXIMUM_LENGTH]!r} is no origin: write scheme://host or scheme://host:port, "
            "such as https://shop.example, without a path."
        )
    if not any_port:
        return origin
    scheme, _, host = origin.partition("://")
    if scheme != "http" or host not in _LOOPBACK:
        raise InvalidKeyError(
            f"{text!r}: only http://localhost:*, http://127.0.0.1:* and http://[::1]:* may leave "
            "the port open, for development."
        )
    return origin + _ANY_PORT


def normal_origins(texts: Iterable[str]) -> tuple[str, ...]:
    """Return origins as browsers send them, each once; raises `InvalidKeyError`."""
    origins = tuple(dict.fromkeys(normal_origin(text) for text in texts))
    if len(origins) > MAXIMUM_ORIGINS:
        raise InvalidKeyError(
            f"{len(origins)} origins are too many for a key: at most {MAXIMUM_ORIGINS}."
        )
    return origins


def is_allowed_origin(origin: str, allowed: Iterable[str]) -> bool:
    """Return whether an `Origin` header's text is one of a key's origins."""
    wanted = spellings(origin)
    return any(known in wanted for known in allowed)


def spellings(origin: str) -> tuple[str, str]:
    """Return how keys name the origin of an `Origin` header: itself, and with an open port."""
    host, _, port = origin.rpartition(":")
    # Without a port the last colon is the scheme's, or of an address.
    return origin, (host if port.isdecimal() else origin) + _ANY_PORT


def _origin_of(text: str) -> str | None:
    if len(text) > _MAXIMUM_LENGTH:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    if scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        return None
    if text not in (f"{scheme}://{host}", f"{scheme}://{host}:{port}"):
        return None  # A path, a user, a query or a port written oddly.
    if port is None or port == _DEFAULT_PORTS[scheme]:
        return f"{scheme}://{host}"
    return f"{scheme}://{host}:{port}" if port else None
