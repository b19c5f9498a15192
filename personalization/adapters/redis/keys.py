"""Every key and channel, each with what it holds and how long it lives."""

from datetime import timedelta

from personalization.domain.access.api_key import KeyId
from personalization.domain.access.shop import ShopId
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE
from personalization.ports.key_usage import UsageWindow

PROFILE_LIFE = SESSION_LIFE
"""A profile is of no use after its session."""
CLAIM_LIFE = SESSION_LIFE
"""A claim outlives it in the store that keeps claims; Redis saves asking there while it is new."""


class Keys:
    """Names under one namespace, so that several shops can share a server."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def profile(self, session_id: SessionId) -> str:
        """Name the string of version and compressed JSON as served; lives `PROFILE_LIFE`."""
        return f"{self._namespace}:profile:{session_id}"

    def session(self, session_id: SessionId) -> str:
        """Name the string of revision and compressed state; lives `SESSION_LIFE`."""
        return f"{self._namespace}:session_state:{session_id}"

    def claim(self, session_id: SessionId) -> str:
        """Name the string `holder.microseconds` of a session's claim; lives `CLAIM_LIFE`.

        One that was revoked has the microseconds of that as a third part.
        """
        return f"{self._namespace}:claim:{session_id}"

    def user(self, session_id: SessionId) -> str:
        """Name the string of a session's `UserBinding`, JSON; lives `SESSION_LIFE`."""
        return f"{self._namespace}:session_user:{session_id}"

    def consent(self, session_id: SessionId) -> str:
        """Name the string of a session's `ConsentStatement`, JSON; lives `SESSION_LIFE`."""
        return f"{self._namespace}:consent:{session_id}"

    def key_usage(self, shop: ShopId, key_id: KeyId, window: UsageWindow) -> str:
        """Name the number of requests of an API key; lives as long as the window."""
        return f"{self._namespace}:key_usage:{shop}:{key_id}:{window}"

    @property
    def change_channel(self) -> str:
        """Name the channel of JSON arrays of [session id, version]; it keeps nothing."""
        return f"{self._namespace}:profile_changed"


def seconds(life: timedelta) -> int:
    return int(life.total_seconds())
