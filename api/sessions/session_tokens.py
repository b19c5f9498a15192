import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from personalization.domain.errors import SessionTokenError
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE

_KEY_BYTES = 32
_PARTS = 3


@dataclass(frozen=True, slots=True)
class IssuedToken:
    text: str
    expires_at: datetime
    life_seconds: int


class SessionTokens:
    """Signs `session.expiry` with HMAC-SHA256 and checks what comes back.

    A session id is made by the client and seen in logs and addresses, so knowing it proves
    nothing; the token is given only to whoever used the id first.
    """

    def __init__(self, key: bytes, life: timedelta = SESSION_LIFE) -> None:
        self._key = key
        self._life = life

    def issue(self, session_id: SessionId, now: datetime) -> IssuedToken:
        expires = int((now + self._life).timestamp())
        signed = f"{session_id}.{expires}"
        return IssuedToken(
            text=f"{signed}.{self._sign(signed)}",
            expires_at=datetime.fromtimestamp(expires, UTC),
            life_seconds=int(self._life.total_seconds()),
        )

    def session_of(self, token: str, now: datetime) -> SessionId:
        """Raise `SessionTokenError` for a token that is foreign, altered or expired."""
        parts = token.split(".")
        if len(parts) != _PARTS or not token.isascii():
            raise SessionTokenError("The session token is not one of ours: send it unaltered.")
        session_id, expires, signature = parts
        if not hmac.compare_digest(signature, self._sign(f"{session_id}.{expires}")):
            raise SessionTokenError("The session token was altered or signed by another key.")
        if int(expires) <= now.timestamp():
            raise SessionTokenError("The session token has expired: begin a new session.")
        return SessionId(session_id)

    def _sign(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode(), sha256).digest()
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
    return file.read_bytes()
