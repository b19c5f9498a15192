from datetime import datetime
from typing import Annotated

import msgspec

_ID = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class UserTokenWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a user token is to hold."""

    expires_in_seconds: Annotated[int, msgspec.Meta(ge=60, le=86_400)] = 3_600


class UserTokenAnswer(msgspec.Struct, frozen=True):
    """Hand it to the browser of the person, and to nobody else."""

    user_id: str
    user_token: str
    expires_at: datetime


class SampleShoppers(msgspec.Struct, frozen=True):
    """Shoppers of a demonstration, as whom anybody may log in."""

    names: list[str]


class LoginFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who logs in: a user token of the shop's server, or the user's id with a secret key."""

    user_token: Annotated[str, msgspec.Meta(max_length=1_024)] | None = None
    user_id: _ID | None = None


class LoginAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The visit is the user's from now on."""

    session_id: str
    user_id: str
    news: bool
    """False where the visit was the user's already, so that nothing has changed."""
    brought_along: int
    """Products that the person did something with in other visits, and that count here now."""
    detail: str = ""
    """What is missing, and what to do about it."""
    session_token: str | None = None
    """As that of `POST /v1/track`, on first contact."""
    session_expires_at: datetime | None = None


class FreshSession(msgspec.Struct, frozen=True):
    """The visit that follows a logout: nobody's, and nothing is known of it."""

    session_id: str
    session_token: str
    """Send it as `Authorization: Bearer` from now on (browsers also get it as a cookie)."""
    session_expires_at: datetime
