"""The latest profile of each session in Redis."""

from collections.abc import Mapping, Sequence
from importlib import resources

from redis.client import Pipeline

from personalization.adapters.redis.connection import connect, in_batches
from personalization.adapters.redis.keys import PROFILE_LIFE, Keys, seconds
from personalization.domain.identifiers import SessionId
from personalization.ports.profile_store import StoredProfile
from personalization.settings.redis import RedisSettings

_WRITE_IF_NEWER = (resources.files(__package__) / "write_if_newer.lua").read_text()


class RedisProfileStore:
    """The `ProfileStore`: one hash per session, compared and set by a script."""

    def __init__(self, url: str, settings: RedisSettings) -> None:
        self._client = connect(url, settings)
        self._keys = Keys(settings.namespace)

    def write_many(self, profiles: Mapping[SessionId, StoredProfile]) -> None:
        """Store the profiles, except those whose stored version is the same or newer."""

        # The script's text goes along: a server that was restarted has forgotten its hash.
        def write(pipeline: Pipeline, item: tuple[SessionId, StoredProfile]) -> None:
            session_id, profile = item
            pipeline.eval(
                _WRITE_IF_NEWER,
                1,
                self._keys.profile(session_id),
                profile.version,
                profile.body,
                seconds(PROFILE_LIFE),
            )

        in_batches(self._client, profiles.items(), write)

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, StoredProfile]:
        """Return the profiles that exist and have not expired."""

        def read(pipeline: Pipeline, session_id: SessionId) -> None:
            pipeline.hmget(self._keys.profile(session_id), ["version", "body"])

        replies = in_batches(self._client, session_ids, read)
        return {
            session_id: StoredProfile(int(version), body)
            for session_id, (version, body) in zip(session_ids, replies, strict=True)
            if version is not None
        }

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
