import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from personalization.domain.access.claim import Holder
from personalization.domain.errors import SessionTokenError
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE
from personalization.signing.signing_ring import SigningKey, SigningKeyId, SigningKeys, SigningRing

KNOWN_TOKENS = 4_096
"""Tokens whose signatures are not checked again: about two megabytes."""
_PARTS = 2
_PROVISIONAL_PARTS = 3
"""Of what is signed, beside the key's id."""
_SESSION_LENGTH = 36
"""Of a session id, by which tokens of former releases begin; key ids are shorter."""
_HOLDER_BYTES = 16
_SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class IssuedToken:
    session_id: SessionId
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
    key_id: SigningKeyId = field(compare=False, default=SigningKeyId(""))


class SessionTokens:
    """Signs tokens with HMAC-SHA256 and checks what comes back.

    A session id is made by the client and seen in logs and addresses, so knowing it proves
    nothing. A full token, `key.session.expiry.signature`, is given only to who holds the session.
    A provisional one, `key.session.expiry.holder.signature`, is given to anybody for a session
    that nobody has claimed: it names who may claim it. Those of former releases name no key.
    """

    def __init__(self, keys: SigningKeys, life: timedelta = SESSION_LIFE) -> None:
        self._keys = keys
        self._life = life
        self._known: dict[str, ReadToken] = {}
        self._known_ring = keys.current()
        self._key_ids = self._known_ring.key_ids

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
        ring = self._ring()
        known = self._known.get(token) or self._verify(token, ring)
        if known.expires <= now.timestamp():
            raise SessionTokenError("The session token has expired: begin a new session.")
        return known

    def reads_key(self, read: ReadToken) -> bool:
        """Return whether the key of a token that was read earlier is still one of ours."""
        self._ring()
        return read.key_id in self._key_ids

    def _ring(self) -> SigningRing:
        """Return the ring; where it is another one, no token is known any more."""
        ring = self._keys.current()
        if ring is not self._known_ring:
            self._known.clear()
            self._known_ring, self._key_ids = ring, ring.key_ids
        return ring

    def _verify(self, token: str, ring: SigningRing) -> ReadToken:
        """Return the token if the signature is ours; whether it still holds is another question."""
        *signed, signature = token.split(".")
        is_former = bool(signed) and len(signed[0]) == _SESSION_LENGTH
        parts = signed if is_former else signed[1:]
        if len(parts) not in (_PARTS, _PROVISIONAL_PARTS) or not token.isascii():
            raise SessionTokenError("The session token is not one of ours: send it unaltered.")
        key = _signer(
            ".".join(signed), signature, ring.keys if is_former else _key_of(signed, ring)
        )
        if key is None:
            raise SessionTokenError("The session token was altered or signed by another key.")
        session_id, expires, *holder = parts
        known = ReadToken(
            SessionId(session_id), Holder(holder[0]) if holder else None, int(expires), key.key_id
        )
        if len(self._known) >= KNOWN_TOKENS:
            self._known.clear()
        self._known[token] = known
        return known

    def holders_of(self, session_id: SessionId, secret: str, now: datetime) -> tuple[Holder, ...]:
        """Return the digests that may stand for a secret, one a key, that of the signing one first.

        Keyed, since some secrets are poor.
        """
        ring = self._keys.current()
        keys = dict.fromkeys((ring.signing(now), *ring.keys))
        return tuple(_holder_of(key, session_id, secret) for key in keys)

    def new_holder(self, session_id: SessionId) -> Holder:
        """Return the holder of a secret that nobody knows: the provisional token stands for it."""
        key = self._keys.current().keys[0]
        return _holder_of(key, session_id, secrets.token_urlsafe(_SECRET_BYTES))

    def _issue(
        self, session_id: str, holder: str, now: datetime, begun_at: datetime
    ) -> IssuedToken:
        expires = int((begun_at + self._life).timestamp())
        life_seconds = expires - int(now.timestamp())
        if life_seconds <= 0:
            raise SessionTokenError("The session has ended: begin a new session with a new UUID.")
        key = self._keys.current().signing(now)
        signed = f"{key.key_id}.{session_id}.{expires}{holder}"
        return IssuedToken(
            session_id=SessionId(session_id),
            text=f"{signed}.{_sign(key, signed)}",
            expires_at=datetime.fromtimestamp(expires, UTC),
            life_seconds=life_seconds,
        )


def _key_of(signed: Sequence[str], ring: SigningRing) -> tuple[SigningKey, ...]:
    key = ring.find(signed[0])
    return (key,) if key is not None else ()


def _signer(signed: str, signature: str, keys: Iterable[SigningKey]) -> SigningKey | None:
    """Return the key that has signed a text."""
    return next((key for key in keys if hmac.compare_digest(signature, _sign(key, signed))), None)


def _sign(key: SigningKey, text: str) -> str:
    return _text_of(hmac.digest(key.secret, text.encode(), "sha256"))


def _holder_of(key: SigningKey, session_id: SessionId, secret: str) -> Holder:
    digest = hmac.new(key.secret, f"holder {session_id} {secret}".encode(), sha256).digest()
    return Holder(_text_of(digest[:_HOLDER_BYTES]))


def _text_of(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
