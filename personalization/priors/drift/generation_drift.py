"""What became otherwise from one generation of priors to another."""

from dataclasses import dataclass

from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import PriorTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A member of a list, as strong as it was and as it is.

    Of a member beyond what is kept of a list that is the last of those: it moved no less than said.
    """

    key: str
    """Of its list; empty for a share of popularity."""
    member: str
    before: float
    now: float

    @property
    def change(self) -> float:
        return self.now - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDrift:
    """A table in both, by lists that were drawn: all of them where there are not too many."""

    table: PriorTable
    lists_before: int
    lists_now: int
    drawn: int
    """Lists of the former generation that were looked at."""
    compared: int
    """Those of them that are in both."""
    gone: float
    """Share of the former lists that are no more."""
    came: float
    """Share of the present lists that are new."""
    unchanged: float
    """Share of lists whose first ten are the same, in whatever order."""
    overlap: float
    """Mean over lists of |both| / |either| of the first ten (Jaccard)."""
    strength_change: float
    """Mean over the members of both of how much stronger or weaker they are."""
    rose: tuple[Mover, ...]
    fell: tuple[Mover, ...]
    """The furthest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PopularityDrift:
    """The shares that products have of all interactions."""

    products_before: int
    products_now: int
    index: float
    """Population stability index: below 0.1 little moved, above 0.25 much did."""
    compared: int
    """Products that have a share in the former generation."""
    rose: tuple[Mover, ...]
    fell: tuple[Mover, ...]
    appeared: tuple[Mover, ...]
    vanished: tuple[Mover, ...]
    """The most popular first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationDrift:
    before: GenerationId
    now: GenerationId
    popularity: PopularityDrift
    tables: tuple[TableDrift, ...]
