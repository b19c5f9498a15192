"""Looks for people in the places that the running stores have, whoever is answerable for them.

Places are listed by the stores: files of the home folder, tables of files and keyspace, topics,
kinds of keys. So a store that somebody adds is found without being named here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from personalization.codec.familiar_text import decompress as decompress_familiar
from personalization.domain.identifiers import SessionId, UserId
from personalization.erasure.store_eraser import StoreEraser

_LEAST_BYTES: Final = 4
OVERLAP: Final = 256
"""Bytes of a piece that are looked at again with the next: no marker is longer."""


@dataclass(frozen=True, slots=True)
class StorePlace:
    name: str
    read: Callable[[], Iterator[bytes]]
    """Yields all that is there, in pieces, each of which is a value or a part of a stream."""
    is_stream: bool = False
    """Whether the pieces follow each other, so that a marker may lie across two."""


@dataclass(frozen=True, slots=True)
class ScannedPlace:
    name: str
    owner: str
    """The eraser that is answerable; empty where none is."""
    found: int
    """Pieces with a marker."""


def markers_of(sessions: Iterable[SessionId], users: Iterable[UserId] = ()) -> tuple[bytes, ...]:
    """Return the ways in which stores write a person: ids as text, without dashes, and as bytes."""
    markers = [str(user).encode() for user in users]
    for session in sessions:
        number = UUID(session)
        markers += [session.encode(), number.hex.encode(), number.bytes]
    if any(len(marker) < _LEAST_BYTES for marker in markers):
        raise ValueError("an id of fewer than four bytes is found everywhere")
    return tuple(markers)


def scan(
    places: Iterable[StorePlace], erasers: Sequence[StoreEraser], markers: Sequence[bytes]
) -> Iterator[ScannedPlace]:
    """Yield each place with its eraser and how often a marker is there."""
    for place in places:
        owner = next((eraser.name for eraser in erasers if eraser.covers(place.name)), "")
        yield ScannedPlace(place.name, owner, _count(place, markers))


def _count(place: StorePlace, markers: Sequence[bytes]) -> int:
    count, before = 0, b""
    for piece in place.read():
        count += any(marker in text for text in _texts(before + piece) for marker in markers)
        before = piece[-OVERLAP:] if place.is_stream else b""
    return count


def _texts(piece: bytes) -> Iterator[bytes]:
    """Yield a piece as it is, and unpacked where it is packed as we pack."""
    yield piece
    with suppress(ValueError):  # It is not packed so.
        yield decompress_familiar(piece)
