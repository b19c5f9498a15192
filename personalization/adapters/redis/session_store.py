"""The state of live sessions in Redis."""

from collections.abc import Mapping, Sequence

from redis.client import Pipeline

from personalization.adapters.redis.connection import connect, in_batches, translated_errors
from personalization.adapters.redis.keys import CLAIM_LIFE, Keys, seconds
from personalization.codec.json_codec import SESSION
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE, Session
from personalization.settings.redis import RedisSettings


class RedisSessionStore:
    """The `SessionStore`: one JSON string per session, and one key per claim."""

    def __init__(self, url: str, settings: RedisSettings) -> None:
        self._client = connect(url, settings)
        self._keys = Keys(settings.namespace)

    def write_many(self, sessions: Sequence[Session]) -> None:
        """Store the sessions and renew their time to live."""

        def write(pipeline: Pipeline, session: Session) -> None:
            key = self._keys.session(session.session_id)
            pipeline.set(key, SESSION.encode(session), ex=seconds(SESSION_LIFE))

        in_batches(self._client, sessions, write)

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Session]:
        """Return the sessions that exist and have not expired."""

        def read(pipeline: Pipeline, session_id: SessionId) -> None:
            pipeline.get(self._keys.session(session_id))

        replies = in_batches(self._client, session_ids, read)
        return {
            session_id: SESSION.decode(body)
            for session_id, body in zip(session_ids, replies, strict=True)
            if body is not None
        }

    def claim(self, session_id: SessionId) -> bool:
        """Take a session id for its first speaker: true once, then false while it lives."""
        with translated_errors():
            taken = self._client.set(
                self._keys.claim(session_id), b"1", nx=True, ex=seconds(CLAIM_LIFE)
            )
        return bool(taken)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
