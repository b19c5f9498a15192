from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from personalization.domain.event import Device
from personalization.domain.identifiers import CategoryId, Region
from personalization.value_classes import set_by_slots

SOUTHERN_REGIONS = frozenset({"ar", "au", "bo", "br", "cl", "nz", "pe", "py", "uy", "za"})
"""Countries whose population lives mostly south of the equator (ISO 3166-1 alpha-2)."""


class Season(StrEnum):
    """Meteorological seasons of three whole months."""

    WINTER = "winter"
    SPRING = "spring"
    SUMMER = "summer"
    AUTUMN = "autumn"


class Daypart(StrEnum):
    """Quarter of the day, in UTC."""

    NIGHT = "night"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


_NORTHERN = (Season.WINTER, Season.SPRING, Season.SUMMER, Season.AUTUMN)
_DAYPARTS = (Daypart.NIGHT, Daypart.MORNING, Daypart.AFTERNOON, Daypart.EVENING)
HOURS_PER_DAYPART = 6


def season_of(day: date, region: Region | None = None) -> Season:
    """Return the meteorological season of a day; it is turned round south of the equator."""
    index = day.month % 12 // 3
    if region is not None and region in SOUTHERN_REGIONS:
        index = (index + 2) % 4
    return _NORTHERN[index]


def daypart_of(moment: datetime) -> Daypart:
    """Return the quarter of the day (midnight to six is night)."""
    return _DAYPARTS[moment.hour // HOURS_PER_DAYPART]


@dataclass(frozen=True, slots=True)
class CategoryAffinity:
    """How strongly the session leans to a category, 0..1, the shares adding up to 1."""

    category_id: CategoryId
    strength: float


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The situation of one decision; it holds no identity."""

    season: Season
    daypart: Daypart
    device: Device
    region: Region | None
    affinities: tuple[CategoryAffinity, ...]
    """Strongest first, a handful at most."""
    interaction_count: int
    tastes: tuple[CategoryAffinity, ...] = ()
    """Categories that a known person likes over all visits, strongest first; they name nobody."""
