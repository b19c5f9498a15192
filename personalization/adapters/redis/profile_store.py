from collections.abc import Mapping, Sequence

from personalization.adapters.redis.connection import connect
from personalization.adapters.redis.keys import PROFILE_LIFE, Keys, seconds
from personalization.adapters.redis.versioned_value import read_bodies, write_if_newer
from personalization.domain.identifiers import SessionId
from personalization.ports.profile_store import StoredProfile
from personalization.settings.redis import RedisSettings


class RedisProfileStore:
    """Profiles are in the memory of servers only: the history has each with its decision.

    Written with each event they were two thirds of what a server appended to its file.
    """

    def __init__(self, url: str, settings: RedisSettings) -> None:
        self._client = connect(url, settings)
        self._keys = Keys(settings.namespace)

    def write_many(self, profiles: Mapping[SessionId, StoredProfile]) -> None:
        name = self._keys.profile
        entries = ((name(key), profile.version, profile.body) for key, profile in profiles.items())
        write_if_newer(self._client, entries, seconds(PROFILE_LIFE), appended=False)

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, StoredProfile]:
        keys = {self._keys.profile(session_id): session_id for session_id in session_ids}
        found = read_bodies(self._client, list(keys))
        return {keys[key]: StoredProfile(version, body) for key, (version, body) in found.items()}

    def close(self) -> None:
        self._client.close()
