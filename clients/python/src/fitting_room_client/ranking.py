"""A list of the shop's own, and the order in which to show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fitting_room_client.events import Device, VerdictWarning


@dataclass(frozen=True, slots=True)
class ScoredItem:
    product_id: str
    score: float | None = None
    """What the shop itself thinks of it, on any scale: more is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListToRank:
    """At most 500 products, by `product_ids` or with scores as `items`."""

    session_id: str
    product_ids: tuple[str, ...] = ()
    items: tuple[ScoredItem, ...] = ()
    count: int | None = None
    """How many come back; all of them where it is absent."""
    placement: str | None = None
    words: str = ""
    """What was searched for."""
    market: str | None = None
    filter: Mapping[str, Any] | None = None
    """Such as `{"field": "price", "at_most": 50}`."""
    score_share: float | None = None
    """The weight of the shop's own scores, 0 to 0.9; 0.3 where it is absent."""
    region: str | None = None
    device: Device | None = None


@dataclass(frozen=True, slots=True)
class PlacedItem:
    product_id: str
    slot: int
    score: float
    propensity: float
    """Probability with which it was put there."""
    explored: bool


@dataclass(frozen=True, slots=True)
class RankedAnswer:
    session_id: str
    recorded: bool
    """Whether the decision is kept, so that something can be learned of it."""
    items: tuple[PlacedItem, ...]
    """In the order to show."""
    unknown: tuple[str, ...] = ()
    """What the catalogue does not know."""
    left_out: tuple[str, ...] = ()
    """What a rule, the market, the stock or the filter keeps from being shown."""
    short: str | None = None
    """Why there are none."""
    decision_id: str | None = None
    """Repeat it, with the slot, in events that follow from the list."""
    decision_token: str | None = None
    """While the session has no event: send it with the first ones."""
    warnings: tuple[VerdictWarning, ...] = ()
