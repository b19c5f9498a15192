"""Identifiers that come out the same on every import of the same row."""

from functools import lru_cache
from uuid import UUID, uuid5

from personalization.domain.identifiers import EventId, SessionId

_NAMESPACE = UUID("5d3c2c0e-6a35-5c0b-9d0f-0f3a4b7d9a11")
"""Any fixed value; another one would make every imported event a new one."""
NAMESPACE_BYTES = _NAMESPACE.bytes
NAMESPACE_BYTES = _NAMESPACE.bytes
_SESSIONS_AT_HAND = 4096
"""Rows of a session stand close together, so its id need not be made for each."""


@lru_cache(_SESSIONS_AT_HAND)
def session_id(dataset: str, *parts: object) -> SessionId:
    """Return the id of a session that the data set knows by `parts`."""
    return SessionId(_stable(dataset, "session", *parts))


def event_id(dataset: str, *parts: object) -> EventId:
    """Return the id of an event that the data set knows by `parts`."""
    return EventId(_stable(dataset, "event", *parts))


@lru_cache(_SESSIONS_AT_HAND)
def stable_number(dataset: str, *parts: object) -> int:
    """Return a number that looks random and is always the same for the same parts."""
    return uuid5(_NAMESPACE, _path(dataset, parts)).int


def _stable(dataset: str, *parts: object) -> str:
    return str(uuid5(_NAMESPACE, _path(dataset, parts)))


def _path(dataset: str, parts: tuple[object, ...]) -> str:
    return "/".join((dataset, *map(str, parts)))
