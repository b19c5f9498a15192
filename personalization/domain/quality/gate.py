"""What is looked at before a generation may be promoted: gates, and what they are set to."""

from dataclasses import dataclass
from enum import StrEnum


class GateName(StrEnum):
    """A gate; the values are the names in settings, tables and files."""

    COLUMNS = "columns"
    """Files of the input and the output against their schemas."""
    VOLUME = "volume"
    """The newest whole day against the same weekday of the weeks before."""
    FLOOD = "flood"
    """The same, as more than there should be."""
    FRESHNESS = "freshness"
    """How old the newest event is."""
    LOST = "lost"
    """What the active generation counted and is there no more."""
    NULLS = "nulls"
    """Events that lack what their type needs."""
    STARS = "stars"
    """Ratings that are none."""
    REWARDS = "rewards"
    """Rewards that no event has."""
    MISPLACED = "misplaced"
    """Events that lie under a day which is not theirs."""
    FUTURE = "future"
    """Events after today."""
    UNKNOWN_PRODUCTS = "unknown_products"
    """Lines of events that name nothing on sale."""
    REGIONS = "regions"
    """Events without a region."""
    SESSION_SHARE = "session_share"
    """What a single session made of a day."""
    LISTS = "lists"
    """The lists of the generation: complete, sorted, of known things."""
    SIZE = "size"
    """Rows and products against the active generation."""
    SHOPPER_SHARE = "shopper_share"
    """What a single shopper made of all rewards of the period."""
    POPULARITY_DRIFT = "popularity_drift"
    """The shares of popularity against the active generation."""
    LIST_DRIFT = "list_drift"
    """The first ten of each list against the active generation, table by table."""
    KEY_DRIFT = "key_drift"
    """Lists that the active generation had and that are gone, table by table."""


FIXED_GATES = frozenset({GateName.COLUMNS, GateName.LISTS})
"""Nobody can use what these refuse: they can neither be set nor accepted."""


class Bound(StrEnum):
    """Which side of its limits is bad."""

    MOST = "at most"
    LEAST = "at least"


class GateUnit(StrEnum):
    """How a person reads the number."""

    SHARE = "share"
    TIMES = "times"
    DAYS = "days"
    FAULTS = "faults"
    INDEX = "index"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Something that is measured, how much of it is too much, and what to do then."""

    name: GateName
    unit: GateUnit
    bound: Bound = Bound.MOST
    warn: float | None
    """Beyond it the night is promoted, and the table says so; None never warns."""
    stop: float | None
    """Beyond it the night is not promoted; None never stops it."""
    fewest: int = 0
    """Of what it is measured on; with fewer, chance alone goes beyond the limits."""
    counted: str = "events"
    """What `fewest` counts."""
    wrong: str
    remedy: str
