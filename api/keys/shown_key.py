"""The key that a request shows, and the page that sent it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

KEY_HEADER: Final = "x-fitting-room-key"
KEY_PARAMETER: Final = "key"
LONGEST_KEY: Final = 256
"""Bytes of a key's text; ours are shorter."""
PUBLISHABLE_PREFIX: Final = b"pk_"
SECRET_PREFIX: Final = b"sk_"
PREFIXES: Final = (PUBLISHABLE_PREFIX, SECRET_PREFIX)
_HEADER: Final = KEY_HEADER.encode()
_PARAMETER: Final = f"{KEY_PARAMETER}=".encode()
_AUTHORIZATION: Final = b"authorization"
_BEARER: Final = b"bearer "
FORWARDED: Final = frozenset((b"forwarded", b"via", b"x-forwarded-for", b"x-real-ip"))
"""Headers by which a proxy says that it passes on what somebody else has sent."""


@dataclass(frozen=True, slots=True)
class ShownKey:
    texts: tuple[bytes, ...] = ()
    """One, unless a header is there twice; none where the request shows no key."""
    origins: tuple[bytes, ...] = ()
    """What `Origin` says, lower case."""
    in_query: bool = False
    is_own_page: bool = False
    """Whether the origin is that of this service."""
    is_forwarded: bool = False
    """Whether a proxy has passed it on."""


def shown_key(headers: Iterable[tuple[bytes, bytes]], query: bytes) -> ShownKey:
    """Return the key of a request: that of its own header, or else of the others."""
    own: list[bytes] = []
    bearer: list[bytes] = []
    origins: list[bytes] = []
    is_forwarded = False
    for name, value in headers:
        if name == _HEADER:
            own.append(value.strip())
        elif name == _AUTHORIZATION and is_bearer_key(value):
            bearer.append(_bearer_text(value))
        elif name == b"origin":
            origins.append(value.lower())
        elif name in FORWARDED:
            is_forwarded = True
    if own or bearer:
        return ShownKey(tuple(own or bearer), tuple(origins), is_forwarded=is_forwarded)
    in_query = _keys_in(query) if _PARAMETER in query else ()
    return ShownKey(in_query, tuple(origins), in_query=bool(in_query), is_forwarded=is_forwarded)


def plain_key(fields: Mapping[bytes, bytes], query: bytes) -> ShownKey:
    """Return the same of a request that says nothing twice."""
    return shown_key(fields.items(), query)


def shows_no_key(fields: Mapping[bytes, bytes], query: bytes) -> bool:
    """Return whether it is plain that there is none, and that no proxy has passed it on."""
    if not FORWARDED.isdisjoint(fields):
        return False
    said = fields.get(_AUTHORIZATION, b"")
    has_bearer = b" sk_" in said or b" pk_" in said
    return _HEADER not in fields and _PARAMETER not in query and not has_bearer


def sent_header(fields: Mapping[bytes, bytes]) -> bytes | None:
    return fields.get(_HEADER)


def is_bearer_key(authorization: bytes) -> bool:
    """Return whether the header carries a key: a session's token has another beginning."""
    is_bearer = authorization[: len(_BEARER)].lower() == _BEARER
    return is_bearer and _bearer_text(authorization).startswith(PREFIXES)


def without_bearer_keys(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers without keys, which are not the tokens that sessions look for there."""
    return [
        (name, value)
        for name, value in headers
        if name != _AUTHORIZATION or not is_bearer_key(value)
    ]


def _bearer_text(authorization: bytes) -> bytes:
    return authorization[len(_BEARER) :].strip()


def _keys_in(query: bytes) -> tuple[bytes, ...]:
    parts = query.split(b"&")
    return tuple(
        unquote_to_bytes(part[len(_PARAMETER) :]) for part in parts if part.startswith(_PARAMETER)
    )
