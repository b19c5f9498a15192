import re
from typing import Annotated

import msgspec
from msgspec import Meta

from personalization.domain.draw import HOME
from personalization.domain.errors import InvalidPolicyError
from personalization.policies.placement import MOST_SLOTS, Placement
from personalization.policies.spec import PolicySpec

MOST_PLACEMENTS = 20
MOST_SLOTS_TOGETHER = 200
"""Slots of a page: every decision draws them all, and keeps what it drew."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class WrittenPlacement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the page: how many products it shows, by which policy, under which title."""

    name: Annotated[str, Meta(max_length=40)]
    size: int
    policy: Annotated[str, Meta(max_length=200)]
    title: Annotated[str, Meta(max_length=100)] = ""


class WrittenPlacements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rows of the page, in the order in which they are filled."""

    placements: list[WrittenPlacement]


_DECODER = msgspec.json.Decoder(WrittenPlacements)
_ONE_DECODER = msgspec.json.Decoder(WrittenPlacement)


def encode_placements(placements: tuple[Placement, ...]) -> bytes:
    return msgspec.json.encode(
        WrittenPlacements([written_placement(placement) for placement in placements])
    )


def decode_placements(body: bytes) -> tuple[Placement, ...]:
    """Return the placements, none where the setting holds; raises `InvalidPolicyError`."""
    try:
        written = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidPolicyError(f"The placements cannot be read: {error}.") from error
    placements = tuple(_placement(placement) for placement in written.placements)
    if placements:
        _check_together(placements)
    return placements


def decode_placement(body: bytes) -> Placement:
    """Return one placement of a document; raises `InvalidPolicyError`."""
    try:
        return _placement(_ONE_DECODER.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidPolicyError(f"The placement cannot be read: {error}.") from error


def written_placement(placement: Placement) -> WrittenPlacement:
    policy = str(placement.policy)
    return WrittenPlacement(placement.name, placement.size, policy, placement.title)


def _placement(written: WrittenPlacement) -> Placement:
    name, size = written.name, written.size
    if not _NAME.fullmatch(name):
        raise InvalidPolicyError(
            f"{name!r} is no name of a placement: small letters, digits, '_' and '-', 40 at most."
        )
    if not 1 <= size <= MOST_SLOTS:
        raise InvalidPolicyError(f"Placement {name!r} has 1 to {MOST_SLOTS} slots, not {size}.")
    if not (written.title.isprintable() and written.title == written.title.strip()):
        raise InvalidPolicyError(f"The title of placement {name!r} holds invisible characters.")
    policy = PolicySpec.parse(written.policy)
    return Placement(name=name, size=size, policy=policy, title=written.title)


def _check_together(placements: tuple[Placement, ...]) -> None:
    names = [placement.name for placement in placements]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidPolicyError(f"There are two placements {twice!r}.")
    if HOME not in names:
        raise InvalidPolicyError(f"There is no placement {HOME!r}, which every page has.")
    slots = sum(placement.size for placement in placements)
    if len(placements) > MOST_PLACEMENTS or slots > MOST_SLOTS_TOGETHER:
        raise InvalidPolicyError(
            f"A page has at most {MOST_PLACEMENTS} placements with {MOST_SLOTS_TOGETHER} slots "
            f"together; these are {len(placements)} with {slots}."
        )
