import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from personalization.catalogue.filters.contradictions import contradiction_of
from personalization.catalogue.filters.filter import EVERYTHING, Filter
from personalization.catalogue.filters.filter_document import (
    canonical_filter,
    parse_filter,
    read_field,
)
from personalization.domain.asked import Strategy
from personalization.domain.draw import HOME
from personalization.domain.errors import InvalidFilterError, InvalidPolicyError
from personalization.policies.placement import MOST_SLOTS, Cap, Placement, on_profiles
from personalization.policies.spec import PolicySpec

MOST_PLACEMENTS = 100
MOST_ON_PROFILES = 20
MOST_SLOTS_TOGETHER = 200
"""Slots of a profile: every decision draws them all, and keeps what it drew."""
MOST_FALLBACKS = 5
MOST_CAPS = 5
LONGEST_FILTER = 4_000
"""Characters of its canonical text: each process keeps a hundred of them."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class WrittenCap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many products of a row share a value of a field."""

    field: Annotated[str, Meta(min_length=1, max_length=80)]
    """`brand`, `category`, `colour` or any other field of filters, such as `attributes.fit`."""
    most: Annotated[int, Meta(ge=1, le=MOST_SLOTS)]


class WrittenPlacement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A row of the page: how many products, from where, by which policy, under which title.

    What is as by default is left out, so that older releases can read the rest.
    """

    name: Annotated[str, Meta(max_length=40)]
    size: int
    policy: Annotated[str, Meta(max_length=200)]
    title: Annotated[str, Meta(max_length=100)] = ""
    strategy: Strategy = Strategy.PERSONAL
    fallbacks: Annotated[tuple[Strategy, ...], Meta(max_length=MOST_FALLBACKS)] = ()
    """Strategies that fill up a row that is short, in this order."""
    filter: dict[str, Any] | None = None
    """What all its products have to be; calls may narrow it further."""
    caps: Annotated[tuple[WrittenCap, ...], Meta(max_length=MOST_CAPS)] = ()
    on_profile: bool | None = None
    """Whether each profile draws it, which knows no strategies, filters and caps: without a word,
    those that have none are drawn."""


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
    return WrittenPlacement(
        name=placement.name,
        size=placement.size,
        policy=str(placement.policy),
        title=placement.title,
        strategy=placement.strategy,
        fallbacks=placement.fallbacks,
        filter=_written_filter(placement.filter),
        caps=tuple(WrittenCap(cap.field, cap.most) for cap in placement.caps),
        on_profile=None if placement.on_profile else False,
    )


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
    strategies = (written.strategy, *written.fallbacks)
    if len(set(strategies)) < len(strategies):
        raise InvalidPolicyError(f"Placement {name!r} names a strategy twice.")
    fields = [_cap_field(cap, name) for cap in written.caps]
    if len(set(fields)) < len(fields):
        raise InvalidPolicyError(f"Placement {name!r} has two caps of one field.")
    return Placement(
        name=name,
        size=size,
        policy=PolicySpec.parse(written.policy),
        title=written.title,
        strategy=written.strategy,
        fallbacks=written.fallbacks,
        filter=_filter(written),
        caps=tuple(
            Cap(field=field, most=cap.most) for field, cap in zip(fields, written.caps, strict=True)
        ),
        on_profile=_on_profile(written),
    )


def _cap_field(cap: WrittenCap, name: str) -> str:
    try:
        return read_field(cap.field, f"The field of a cap of placement {name!r}")
    except InvalidFilterError as error:
        raise InvalidPolicyError(str(error)) from error


def _written_filter(wanted: Filter) -> dict[str, Any] | None:
    if wanted == EVERYTHING:
        return None
    written: dict[str, Any] = msgspec.json.decode(canonical_filter(wanted))
    return written


def _filter(written: WrittenPlacement) -> Filter:
    if written.filter is None:
        return EVERYTHING
    try:
        wanted = parse_filter(written.filter)
    except InvalidFilterError as error:
        raise InvalidPolicyError(f"The filter of placement {written.name!r}: {error}") from error
    contradiction = contradiction_of(wanted)
    if contradiction is not None:
        raise InvalidPolicyError(
            f"No product can pass the filter of placement {written.name!r}: {contradiction}"
        )
    if len(canonical_filter(wanted)) > LONGEST_FILTER:
        raise InvalidPolicyError(
            f"The filter of placement {written.name!r} has more than {LONGEST_FILTER:,} characters."
        )
    return wanted


def _on_profile(written: WrittenPlacement) -> bool:
    name = written.name
    found = written.strategy, written.fallbacks, written.filter, written.caps
    as_profiles_do = found == (Strategy.PERSONAL, (), None, ())
    on_profile = as_profiles_do if written.on_profile is None else written.on_profile
    if on_profile and not as_profiles_do:
        raise InvalidPolicyError(
            f"Placement {name!r} is drawn with every profile, which knows no strategies, filters "
            "and caps: leave them out, or write `on_profile` false."
        )
    if name == HOME and not on_profile:
        raise InvalidPolicyError(
            f"{HOME!r} is drawn with every profile, which knows no strategies, filters and caps: "
            "give a row another name."
        )
    return on_profile


def _check_together(placements: tuple[Placement, ...]) -> None:
    names = [placement.name for placement in placements]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidPolicyError(f"There are two placements {twice!r}.")
    if HOME not in names:
        raise InvalidPolicyError(f"There is no placement {HOME!r}, which every page has.")
    if len(names) > MOST_PLACEMENTS:
        raise InvalidPolicyError(
            f"There are at most {MOST_PLACEMENTS} placements, not {len(names)}."
        )
    drawn = on_profiles(placements)
    slots = sum(placement.size for placement in drawn)
    if len(drawn) > MOST_ON_PROFILES or slots > MOST_SLOTS_TOGETHER:
        raise InvalidPolicyError(
            f"A profile draws at most {MOST_ON_PROFILES} placements with {MOST_SLOTS_TOGETHER} "
            f"slots together; these are {len(drawn)} with {slots}. Write `on_profile` false for "
            "rows that are asked for by themselves."
        )
