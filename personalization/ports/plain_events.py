from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainEvents:
    """Past events of one product at most and nothing else to say, column by column.

    They were received when they occurred, by a device that is not known.
    """

    event_ids: Sequence[str]
    session_ids: Sequence[str]
    types: Sequence[str]
    """Values of `EventType`."""
    occurred_us: Sequence[int]
    """Microseconds since 1970."""
    product_ids: Sequence[str | None]
    category_ids: Sequence[str | None]
    regions: Sequence[str | None]
    user_ids: Sequence[str | None]
