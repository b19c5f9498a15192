"""What rows read of the catalogue's columns, which are in memory."""

from collections.abc import Sequence
from typing import Protocol

from personalization.catalogue.filters.filter import Filter
from personalization.domain.identifiers import CategoryId, ProductId


class ReadsColumns(Protocol):
    """The columns of one moment."""

    def keep(self, product_ids: Sequence[ProductId], wanted: Filter) -> list[ProductId]:
        """Return those that the filter holds for, in their order."""

    def values(self, product_ids: Sequence[ProductId], field: str) -> list[str | None]: ...

    def below(self, category_id: CategoryId) -> frozenset[CategoryId]:
        """Return the category and all that are part of it."""


class PinsColumns(Protocol):
    def pin(self) -> ReadsColumns: ...
