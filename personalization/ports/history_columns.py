from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryColumns:
    """Many events column by column, as a night counts them: all columns run parallel."""

    event_ids: Sequence[str]
    session_ids: Sequence[str]
    user_ids: Sequence[str | None]
    types: Sequence[str]
    """Values of `EventType`."""
    occurred_us: Sequence[int]
    """Microseconds since 1970."""
    product_ids: Sequence[Sequence[str]]
    category_ids: Sequence[str | None]
    regions: Sequence[str | None]
    stars: Sequence[float | None]
    rewards: Sequence[float]
    consents: Sequence[str | None]
    """As the codec writes a consent."""
    variant_ids: Sequence[Sequence[str]]
