"""What is known of a person over all visits."""

from dataclasses import dataclass
from datetime import datetime

from personalization.domain.identifiers import ProductId, UserId


@dataclass(frozen=True, slots=True)
class Purchase:
    product_id: ProductId
    newest: datetime
    times: int
    """Orders that had it and were not paid back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonVisits:
    user_id: UserId | None = None
    """None where nobody is logged in."""
    viewed: tuple[ProductId, ...] = ()
    """Each once, newest first over all visits."""
    bought: tuple[Purchase, ...] = ()
    """The newest first."""
    is_known: bool = True
    """False while the history does not answer, so that nothing can be said of the person."""


NOBODY = PersonVisits()
