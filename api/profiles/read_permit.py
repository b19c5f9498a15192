"""What a stream may send to a speaker who has no claim."""

from api.profiles.profile_cache import CachedProfile
from api.sessions.session_auth import SessionAuth, Speaker
from personalization.domain.errors import SessionTokenError, StoreUnavailableError


class ReadPermit:
    """At first only for what was made for the request.

    Whoever sends the session's first event holds it. A stream that was opened before goes on if
    that was its own speaker, and ends before it shows anybody else's profile.
    """

    def __init__(self, auth: SessionAuth, speaker: Speaker, first: CachedProfile) -> None:
        self._auth = auth
        self._speaker = speaker
        self._first: CachedProfile | None = first

    def covers(self, profile: CachedProfile) -> bool:
        return not self._speaker.is_provisional or profile is self._first

    async def renew(self) -> bool:
        """Look for a claim; returns whether what was read before may be sent."""
        try:
            self._speaker = await self._auth.look_again(self._speaker)
        except (SessionTokenError, StoreUnavailableError):
            return False
        if not self._speaker.is_provisional:
            self._first = None
        return True
