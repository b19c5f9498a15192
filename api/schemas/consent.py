from datetime import datetime
from typing import Literal

import msgspec

_Purpose = Literal["measure", "personalize", "learn", "share"]


class ConsentFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the shopper chooses."""

    consent: list[_Purpose] | dict[_Purpose, bool]
    """What is agreed to, of measure, personalize, learn and share; what is not named is refused,
    and [] refuses all."""


class ConsentAnswer(msgspec.Struct, frozen=True):
    """What a visit may be used for."""

    session_id: str
    consent: list[str]
    refused: list[str]
    personalized: bool
    """Whether the page may be chosen by what the shopper does."""
    chosen_at: datetime | None
    """Null where no call has chosen it: then it is what events say, or the shop's default."""
