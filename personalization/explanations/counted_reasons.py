"""Sentences that tell how many shoppers stand behind something, as they are kept and published.

A kept record has the numbers as they were. What leaves the service is read back from the sentence,
whatever release or setting it was written under; publishing twice changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from personalization.domain.privacy.small_counts import SmallCounts, SmallCountsAs


class CountedReason(StrEnum):
    """Sentences that have a number of people in them: whatever else says why has none."""

    BUNDLE = "bundle"
    TRENDING = "trending"


_BEYOND: Final = " times as often as by chance"
_INTEREST: Final = " times the interest of the weeks before"
_MORE_INTEREST: Final = "More interest than in the weeks before"
_WITH_MORE: Final = f"with {_MORE_INTEREST[0].lower()}{_MORE_INTEREST[1:]}"
_TOGETHER: Final = ("Bought together: with ", "Goes with ")
"""How sentences of this release and of earlier ones begin."""
_CHOSEN: Final = ": chosen together"
"""Before the number in those of earlier releases."""
_BY, _LATELY, _FEWER, _SHOPPERS, _OR_MORE = (
    " by ", " lately, ", "fewer than ", " shoppers", " or more",
)  # fmt: skip
_KEPT_SENTENCES: Final = 10_000
"""Of the bundles of a generation; about 3 MB."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a sentence says of people."""

    people: int | None = None
    """None where it is not said, or of acts."""
    fewer_than: int | None = None
    factor: str = ""


def bundle_reason(title: str, support: int, lift: float, *, of_shoppers: bool) -> str:
    """Return the sentence as it is kept; numbers of earlier nights are of acts, not of shoppers."""
    how_often = f"by {support}{_SHOPPERS}" if of_shoppers else f"{support} times"
    return f"{_TOGETHER[0]}{title} {how_often}, {lift:.1f}{_BEYOND}"


def trending_reason(support: int, growth: float, *, of_shoppers: bool) -> str:
    people = f"{support:,}{_SHOPPERS}{_LATELY}" if of_shoppers else ""
    return f"{people}{growth:.1f}{_INTEREST}"


@lru_cache(maxsize=_KEPT_SENTENCES)
def published_bundle_reason(reason: str, counts: SmallCounts) -> str:
    """Return the sentence as it may be published; one without a number as it is."""
    if counts.tells_all or not reason.startswith(_TOGETHER):
        return reason
    what, told = _take_bundle(reason)
    if told is None:
        return reason
    people = None if told.people is None else counts.round_down(told.people)
    if people is not None:
        return f"{what}{_BY}{people:,}{_SHOPPERS}{_OR_MORE}, {told.factor}{_BEYOND}"
    if told == _Told(factor=told.factor):
        # Acts: nobody knows of how many.
        return what
    few = _few(told, counts)
    return what if few is None else f"{what}{_BY}{few}"


@lru_cache(maxsize=_KEPT_SENTENCES)
def published_trending_reason(reason: str, counts: SmallCounts) -> str:
    told = None if counts.tells_all else _take_trend(reason)
    if told is None:
        return reason
    people = None if told.people is None else counts.round_down(told.people)
    if people is not None:
        return f"{people:,}{_SHOPPERS}{_OR_MORE}{_LATELY}{told.factor}{_INTEREST}"
    few = _few(told, counts)
    return _MORE_INTEREST if few is None else f"{few.capitalize()}{_LATELY}{_WITH_MORE}"


PUBLISHED: Final[Mapping[CountedReason, Callable[[str, SmallCounts], str]]] = {
    CountedReason.BUNDLE: published_bundle_reason,
    CountedReason.TRENDING: published_trending_reason,
}


@lru_cache(maxsize=_KEPT_SENTENCES)
def published_growth(growth: float, reason: str, counts: SmallCounts) -> float:
    """Return the factor of a trend to the digit that its sentence has, of too few as a whole."""
    if counts.tells_all:
        return growth
    is_of_few = published_trending_reason(reason, counts).endswith((_MORE_INTEREST, _WITH_MORE))
    return float(max(1, int(growth))) if is_of_few else round(growth, 1)


def _take_bundle(reason: str) -> tuple[str, _Told | None]:
    """Return the sentence without what it tells, which is at its end, and that."""
    head, _, tail = reason.removesuffix(_BEYOND).rpartition(", ")
    if not reason.endswith(_BEYOND):
        what, _, people = reason.rpartition(_BY)
        few = _people_in(people, "")
        return what, few if few is not None and few.fewer_than is not None else None
    what, _, people = head.rpartition(_BY)
    told = _people_in(people, tail)
    if told is not None:
        return what, told
    what, _, acts = head.removesuffix(" times").rpartition(" ")
    is_of_acts = head.endswith(" times") and acts.isdecimal()
    return what.removesuffix(_CHOSEN), _Told(factor=tail) if is_of_acts else None


def _take_trend(reason: str) -> _Told | None:
    people, _, tail = reason.partition(_LATELY)
    if tail != _WITH_MORE and not tail.endswith(_INTEREST):
        return None
    return _people_in(f"{people[:1].lower()}{people[1:]}", tail.removesuffix(_INTEREST))


def _people_in(words: str, factor: str) -> _Told | None:
    """Read `705 shoppers`, `700 shoppers or more` or `fewer than 10 shoppers`."""
    number = words.removesuffix(_OR_MORE).removesuffix(_SHOPPERS).replace(",", "")
    digits = number.removeprefix(_FEWER)
    if not words.removesuffix(_OR_MORE).endswith(_SHOPPERS) or not digits.isdecimal():
        return None
    if digits != number:
        return _Told(fewer_than=int(digits))
    return _Told(people=int(digits), factor=factor)


def _few(told: _Told, counts: SmallCounts) -> str | None:
    """Return `fewer than 10 shoppers`, or of what was said under a larger bound that bound."""
    if counts.small is SmallCountsAs.OMIT:
        return None
    return f"{_FEWER}{max(told.fewer_than or 0, counts.smallest):,}{_SHOPPERS}"
