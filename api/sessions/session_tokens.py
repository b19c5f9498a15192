import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from personalization.domain.claim import Holder
from personalization.domain.errors import SessionTokenError, StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE

KNOWN_TOKENS = 4_096
"""Tokens whose signatures are not checked again: about two megabytes."""
_KEY_BYTES = 32
_PARTS = 3
_PROVISIONAL_PARTS = 4
_HOLDER_BYTES = 16
_SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class IssuedToken:
    text: str
    expires_at: datetime
    life_seconds: int


@dataclass(frozen=True, slots=True)
class ReadToken:
    """What a token of ours says."""

    session_id: SessionId
    holder: Holder | None = None
    """For whom a provisional token lets the session be claimed; None in a full token."""
    expires: int = field(default=0, compare=False)
    """Epoch seconds; no part of what it says."""


class SessionTokens:
    """Signs tokens with HMAC-SHA256 and checks what comes back.

    A session id is made by the client and seen in logs and addresses, so knowing it proves
    nothing. A full token, `session.expiry`, is given only to who holds the session. A provisional
    one, `session.expiry.holder`, is given to anybody for a session that nobody has claimed: it
    names who may claim it.
    """

    def __init__(self, key: bytes, life: timedelta = SESSION_LIFE) -> None:
        self._key = key
        self._life = life
        self._known: dict[str, ReadToken] = {}

    def issue(
        self, session_id: SessionId, now: datetime, begun_at: datetime | None = None
    ) -> IssuedToken:
        """Return a full token; raises `SessionTokenError` if the session's life is over."""
        return self._issue(str(session_id), "", now, begun_at or now)

    def issue_provisional(
        self, session_id: SessionId, holder: Holder, now: datetime
    ) -> IssuedToken:
        return self._issue(str(session_id), f".{holder}", now, now)

    def read(self, token: str, now: datetime) -> ReadToken:
        """Raise `SessionTokenError` for a token that is foreign, altered or expired."""
        known = self._known.get(token) or self._verify(token)
        if known.expires <= now.timestamp():
            raise SessionTokenError("The session token has expired: begin a new session.")
        return known

    def _verify(self, token: str) -> ReadToken:
        """Return the token if the signature is ours; whether it still holds is another question."""
        parts = token.split(".")
        if len(parts) not in (_PARTS, _PROVISIONAL_PARTS) or not token.isascii():
            raise SessionTokenError("The session token is not one of ours: send it unaltered.")
        *signed, signature = parts
        if not hmac.compare_digest(signature, self._sign(".".join(signed))):
            raise SessionTokenError("The session token was altered or signed by another key.")
        session_id, expires, *holder = signed
        known = ReadToken(
            SessionId(session_id), Holder(holder[0]) if holder else None, int(expires)
        )
        if len(self._known) >= KNOWN_TOKENS:
            self._known.clear()
        self._known[token] = known
        return known

    def holder_of(self, session_id: SessionId, secret: str) -> Holder:
        """Return the digest that stands for a secret; keyed, since some secrets are poor."""
        digest = hmac.new(self._key, f"holder {session_id} {secret}".encode(), sha256).digest()
        return Holder(_text_of(digest[:_HOLDER_BYTES]))

    def new_holder(self, session_id: SessionId) -> Holder:
        """Return the holder of a secret that nobody knows: the provisional token stands for it."""
        return self.holder_of(session_id, secrets.token_urlsafe(_SECRET_BYTES))

    def _issue(
        self, session_id: str, holder: str, now: datetime, begun_at: datetime
    ) -> IssuedToken:
        expires = int((begun_at + self._life).timestamp())
        life_seconds = expires - int(now.timestamp())
        if life_seconds <= 0:
            raise SessionTokenError("The session has ended: begin a new session with a new UUID.")
        signed = f"{session_id}.{expires}{holder}"
        return IssuedToken(
            text=f"{signed}.{self._sign(signed)}",
            expires_at=datetime.fromtimestamp(expires, UTC),
            life_seconds=life_seconds,
        )

    def _sign(self, text: str) -> str:
        return _text_of(hmac.digest(self._key, text.encode(), "sha256"))


def _text_of(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def key_in(file: Path) -> bytes:
    """Return the signing key kept in a file (mode 0600), making it on the first call.

    Two processes may start at once: the key is written aside and linked into place, which is
    atomic, so that one of them wins and nobody reads half a key.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(f".{os.getpid()}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(secrets.token_hex(_KEY_BYTES))
        with suppress(FileExistsError):
            file.hardlink_to(aside)
        aside.unlink()
    key = file.read_bytes()
    if len(key) < _KEY_BYTES:
        # Anybody could sign by a key that a full disk or a crash has cut.
        raise StoreUnavailableError(f"{file} holds no whole key: remove it, and all begin anew.")
    return key
