from collections.abc import Mapping, Sequence

from personalization.adapters.redis.connection import connect, translated_errors
from personalization.adapters.redis.keys import CLAIM_LIFE, Keys, seconds
from personalization.adapters.redis.versioned_hash import read_bodies, write_if_newer
from personalization.codec.json_codec import SESSION, USER_BINDING
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE, Session
from personalization.domain.user_binding import UserBinding
from personalization.settings.redis import RedisSettings


class RedisSessionStore:
    def __init__(self, url: str, settings: RedisSettings) -> None:
        self._client = connect(url, settings)
        self._keys = Keys(settings.namespace)

    def write_many(self, sessions: Sequence[Session]) -> None:
        entries = (
            (self._keys.session(session.session_id), session.revision, SESSION.encode(session))
            for session in sessions
        )
        write_if_newer(self._client, entries, seconds(SESSION_LIFE))

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Session]:
        keys = {self._keys.session(session_id): session_id for session_id in session_ids}
        found = read_bodies(self._client, list(keys))
        return {keys[key]: SESSION.decode(body) for key, (_, body) in found.items()}

    def claim(self, session_id: SessionId) -> bool:
        key = self._keys.claim(session_id)
        with translated_errors():
            return bool(self._client.set(key, b"1", nx=True, ex=seconds(CLAIM_LIFE)))

    def bind_user(self, session_id: SessionId, first: UserBinding | None) -> UserBinding | None:
        key, life = self._keys.user(session_id), seconds(SESSION_LIFE)
        with translated_errors():
            pipeline = self._client.pipeline(transaction=False)
            if first is not None:
                command = ("SET", key, USER_BINDING.encode(first), "NX", "EX", life)
                pipeline.execute_command(*command)  # type: ignore[no-untyped-call]
            pipeline.execute_command("EXPIRE", key, life)  # type: ignore[no-untyped-call]
            pipeline.execute_command("GET", key)  # type: ignore[no-untyped-call]
            *_, kept = pipeline.execute()
        return None if kept is None else USER_BINDING.decode(kept)

    def close(self) -> None:
        self._client.close()
