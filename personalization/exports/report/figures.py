"""The figures of a report, each a bounded number of rows, and their file."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import msgspec

from personalization.statistics.ratio_sums import RatioSums

FIGURES_FILE = "figures.json"
ORDER_FILE = "order.json"
ELSEWHERE = ""
"""The placement of what was not opened from a recommendation before it was bought."""


class Dimension(StrEnum):
    """By what products are grouped."""

    CATEGORY = "category"
    BRAND = "brand"
    PRICE = "price"
    NEWNESS = "newness"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOrder:
    """What the Spark job is asked for."""

    tables: str
    catalogue: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DayActivity:
    day: date
    sessions: int
    events: int
    impressions: int
    views: int
    carts: int
    orders: int
    refunds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Sessions that did it at all, in whatever order."""

    visited: int
    saw: int
    """A recommendation was on screen."""
    opened: int
    """A product was viewed from a decision."""
    viewed: int
    carted: int
    bought: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupExposure:
    dimension: Dimension
    group: str
    products: int
    """Of the catalogue as it is now."""
    shown: RatioSums
    """Of a session's impressions, those of the group."""
    sold: RatioSums
    """Of a session's order lines, those of the group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementRevenue:
    placement: str
    currency: str
    """Empty where neither the order nor anything else names it."""
    lines: int
    unpriced: int
    """Lines whose price is known neither from the order nor from the catalogue."""
    revenue: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCount:
    """How often products of a category were acted on in a region or a season."""

    scope: str
    category: str
    acts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigures:
    days: tuple[DayActivity, ...]
    funnel: Funnel
    exposures: tuple[GroupExposure, ...]
    placements: tuple[PlacementRevenue, ...]
    regions: tuple[CategoryCount, ...]
    seasons: tuple[CategoryCount, ...]


FIGURES = msgspec.json.Decoder(ReportFigures)
ORDER = msgspec.json.Decoder(ReportOrder)
