"""The answer to one row or list, with the record that is to be kept before anybody sees it."""

from dataclasses import dataclass
from typing import NamedTuple

from personalization.domain.asked import Strategy
from personalization.domain.identifiers import ProductId
from personalization.ports.decision_history import DecisionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class RowItem:
    product_id: ProductId
    slot: int
    """Echo it with impressions and outcomes."""
    score: float
    propensity: float
    """Of being drawn into its slot from the filtered set, given the slots before it."""
    explored: bool
    source: str
    """The strategy whose list the product is of."""
    reason: str


class PlacedProduct(NamedTuple):
    """A product of a ranked list, which the shop has the card of; explanations say why."""

    product_id: ProductId
    slot: int
    score: float
    propensity: float
    explored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAnswer:
    placement: str
    title: str
    """The placement's own, or words that fit the strategy and its cards."""
    strategy: Strategy
    """The one that found most of the products."""
    fell_back_from: Strategy | None
    items: tuple[RowItem, ...]
    short: str | None
    """Why there are fewer items than asked for; None where there are not."""
    cursor: str | None
    """Asks for the next page; None at the end of the list."""
    record: DecisionRecord | None
    """None where there are no items: nothing was decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankAnswer:
    items: tuple[PlacedProduct, ...]
    """In the order to show."""
    unknown: tuple[ProductId, ...]
    """Those that the catalogue does not know, in the order in which they were sent."""
    left_out: tuple[ProductId, ...]
    """Those that a rule, the market, the stock or the filter keeps from being shown."""
    short: str | None
    """Why there are no items; None where there are some."""
    record: DecisionRecord | None
