from collections.abc import Mapping, Sequence

from personalization.adapters.redis.connection import checked_replies_of, connect, replies_of
from personalization.adapters.redis.direct_client import Command
from personalization.adapters.redis.keys import CLAIM_LIFE, Keys, seconds
from personalization.adapters.redis.versioned_value import read_bodies, write_if_newer
from personalization.codec.json_codec import CONSENT_STATEMENT, SESSION, USER_BINDING
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.access.claim import Claim, Holder
from personalization.domain.access.user_binding import UserBinding
from personalization.domain.consent import ConsentStatement
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE, Session
from personalization.ports.session_store import StoredStatement
from personalization.settings.redis import RedisSettings

_ERASED_AT_ONCE = 1_000


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

    def read_statement(self, session_id: SessionId) -> StoredStatement:
        key, life = self._keys.consent(session_id), seconds(SESSION_LIFE)
        commands: list[Command] = [
            ("GETEX", key, "EX", life), ("EXISTS", self._keys.session(session_id)),
        ]  # fmt: skip
        found, states = checked_replies_of(self._client, commands)
        statement = None if found is None else CONSENT_STATEMENT.decode(found)
        return StoredStatement(statement, bool(states))

    def write_statement(self, session_id: SessionId, statement: ConsentStatement) -> None:
        key, life = self._keys.consent(session_id), seconds(SESSION_LIFE)
        value = CONSENT_STATEMENT.encode(statement)
        checked_replies_of(self._client, [("SET", key, value, "EX", life)])

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        names = self._keys
        commands: list[Command] = [
            ("DEL", name(session_id))
            for session_id in session_ids
            for name in (names.session, names.profile, names.claim, names.user, names.consent)
        ]
        removed = 0
        for start in range(0, len(commands), _ERASED_AT_ONCE):
            chunk = commands[start : start + _ERASED_AT_ONCE]
            removed += sum(map(int, checked_replies_of(self._client, chunk)))
        if removed:
            # A server's file has what was deleted until it is written anew; some refuse to now.
            replies_of(self._client, [("BGREWRITEAOF",)])
        return removed

    def write_claim(self, claim: Claim) -> None:
        value = f"{claim.holder}.{to_microseconds(claim.claimed_at)}"
        if claim.revoked_at is not None:
            value += f".{to_microseconds(claim.revoked_at)}"
        key, life = self._keys.claim(claim.session_id), seconds(CLAIM_LIFE)
        checked_replies_of(self._client, [("SET", key, value, "EX", life)])

    def read_claim(self, session_id: SessionId) -> Claim | None:
        (value,) = checked_replies_of(self._client, [("GET", self._keys.claim(session_id))])
        if not isinstance(value, bytes):
            return None
        # Former releases wrote `1`: claimed, and no secret is known that would prove by whom.
        parts = value.decode().split(".")
        holder, *moments = parts if len(parts) > 1 else ["", *parts]
        claimed_at, *revoked_at = [from_microseconds(int(moment)) for moment in moments]
        return Claim(session_id, Holder(holder), claimed_at, *revoked_at)

    def bind_user(self, session_id: SessionId, first: UserBinding | None) -> UserBinding | None:
        key, life = self._keys.user(session_id), seconds(SESSION_LIFE)
        commands = list[Command]()
        if first is not None:
            commands.append(("SET", key, USER_BINDING.encode(first), "NX", "EX", life))
        commands += [("EXPIRE", key, life), ("GET", key)]
        *_, kept = checked_replies_of(self._client, commands)
        return None if kept is None else USER_BINDING.decode(kept)

    def close(self) -> None:
        self._client.close()
