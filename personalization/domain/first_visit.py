"""What the decision of a first visit was made of, in few enough words to travel with its profile.

Most visitors never send an event, so their decisions are written nowhere. At the session's first
event the decision is made again from this, bit for bit, and kept like any other.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from personalization.domain.event import Device
from personalization.domain.identifiers import DecisionId, GenerationId, Region, SessionId

FIRST_VISIT_LIFE = timedelta(hours=6)
"""How long a first decision can be made again. Impressions older than two outcome windows (one
hour) teach nothing any more; the rest is for pages that were left open over a meeting or a meal.
Generations and snapshots that such a decision may name are kept as long."""


class FirstConfig(NamedTuple):
    """The settings of rankings and profiles, since a process may be started again with others."""

    actions: int
    placements: tuple[tuple[str, int, str], ...]
    """Name, size and policy as text."""
    tuning: dict[str, int | float | dict[str, int | float]]
    """What differs from the default."""
    products: int
    categories: int
    life_seconds: float


class FirstVisit(NamedTuple):
    decision_id: DecisionId
    session_id: SessionId
    decided_at: datetime
    region: Region | None
    device: Device
    generation_id: GenerationId
    model_version: str
    """The snapshot that everybody got, also where an arm has one of its own."""
    rules_version: int
    experiments_version: int
    in_arms: bool
    """Whether the running experiments took part: an arm that cannot be built does not."""
    config: FirstConfig
    seed: int
    digest: str
    """Of the decision's JSON: what is made again must be the same."""

    @property
    def expires_at(self) -> datetime:
        return self.decided_at + FIRST_VISIT_LIFE
