"""What the audit log keeps: who changed what, when, from what to what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from personalization.domain.access.shop import SHOP, ShopId

CATALOGUE_ACTIONS: Final = ("catalogue.", "categories.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change; `before` and `after` are JSON, None where there was or is nothing."""

    entry_id: str
    """UUID: the same entry may be written twice."""
    shop: ShopId = SHOP
    happened_at: datetime
    author: str
    """A person's name as given to a command, or `key:` and the id of a key."""
    action: str
    """What was done, such as `rules.write` or `keys.revoke`."""
    subject: str
    """What it was done to, such as a rule's or product's id."""
    before: str | None = None
    after: str | None = None
    note: str = ""
    """What else there is to say, such as counts of a bulk write."""


def is_of_catalogue(action: str) -> bool:
    """Return whether shop systems do this all day: such entries have a shorter life."""
    return action.startswith(CATALOGUE_ACTIONS)
