"""What is asked of one row or list, with the placement's settings filled in already."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from personalization.catalogue.filters.filter import EVERYTHING, Filter
from personalization.domain.asked import Strategy
from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.policies.placement import Cap, Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRequest:
    """One row of a page."""

    placement: Placement
    """Name, size (the count that is wanted), policy and title; of rows asked for ad hoc, too."""
    strategy: Strategy = Strategy.PERSONAL
    fallbacks: tuple[Strategy, ...] = ()
    """Tried in this order while the row is short."""
    anchors: tuple[ProductId, ...] = ()
    """The product, or the lines of the cart, that the row is about."""
    category_id: CategoryId | None = None
    words: str = ""
    market: Region | None = None
    """Where it is sold; the visit's region where none is named."""
    filter: Filter = EVERYTHING
    excluded: frozenset[ProductId] = frozenset()
    caps: tuple[Cap, ...] = ()
    cursor: str = ""
    """`RowAnswer.cursor` of the page before; empty for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankRequest:
    """A list of the shop's own, at most `MOST_RANKED` products, each once."""

    placement: Placement
    """`size` is how many are wanted, all of them drawn; there may be fewer."""
    product_ids: tuple[ProductId, ...]
    scores: Mapping[ProductId, float] = field(default_factory=dict[ProductId, float])
    """The shop's own, any finite numbers: larger is better."""
    score_share: float = 0.3
    """The weight of the shop's scores among the priors, 0..1."""
    words: str = ""
    market: Region | None = None
    filter: Filter = EVERYTHING


MOST_RANKED = 500
