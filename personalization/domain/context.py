from dataclasses import dataclass

from personalization.domain.event import Device
from personalization.domain.identifiers import CategoryId, Region
from personalization.domain.season import Daypart, Season


@dataclass(frozen=True, slots=True)
class CategoryAffinity:
    """How strongly the session leans to a category, 0..1, the shares adding up to 1."""

    category_id: CategoryId
    strength: float


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
