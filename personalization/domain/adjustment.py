from collections.abc import Mapping
from dataclasses import dataclass

from personalization.domain.identifiers import ProductId


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One named reason to move some products up or down, in units of the best score."""

    name: str
    amounts: Mapping[ProductId, float]
    """Products without an amount stay where they are."""
