import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec

from personalization.domain.errors import DecisionTokenError
from personalization.domain.first_visit import FirstVisit
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.signing.signing_ring import SigningKey, SigningKeys

LONGEST: Final = 4_096
"""Ours have some 500 characters, more where the shop has many placements or tuned much."""
_PURPOSE: Final = b"fitting room decision token 1 "
"""Session tokens are signed by the same key: one must never pass for the other."""
_ENCODER: Final = msgspec.msgpack.Encoder()
_VISIT: Final = msgspec.msgpack.Decoder(FirstVisit)


class DecisionTokens:
    """Signs what the decision of a first visit was made of, so that it can travel with the page."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    def issue(self, visit: FirstVisit, now: datetime) -> str:
        body = _ENCODER.encode(visit)
        key = self._keys.current().signing(now)
        return f"{_text(body)}.{_text(_sign(key, body))}.{key.key_id}"

    def read(self, token: str, session_id: SessionId, now: datetime) -> FirstVisit:
        """Raise `DecisionTokenError` for one that is altered, expired, or of another session."""
        visit = self._visit(token)
        if visit.session_id != session_id:
            raise DecisionTokenError("The decision token is another session's.")
        if visit.expires_at <= now:
            raise DecisionTokenError("The decision token has expired: read the profile again.")
        return visit

    def named_by(self, token: str) -> DecisionId | None:
        """Return which decision a token names, true or not."""
        try:
            return _VISIT.decode(_bytes(token.partition(".")[0])).decision_id
        except (Base64Error, ValueError, msgspec.DecodeError):
            return None

    def _visit(self, token: str) -> FirstVisit:
        body, _, rest = token.partition(".")
        signature, _, key_id = rest.partition(".")
        try:
            if len(token) > LONGEST or not token.isascii():
                raise DecisionTokenError
            signed = _bytes(body)
            if not self._is_signed(signed, _bytes(signature), key_id):
                raise DecisionTokenError
            return _VISIT.decode(signed)
        except (Base64Error, ValueError, msgspec.DecodeError) as error:
            raise DecisionTokenError from error

    def _is_signed(self, body: bytes, signature: bytes, key_id: str) -> bool:
        # Those of former releases name no key.
        keys = self._keys.current().keys
        named = [key for key in keys if key_id in ("", key.key_id)]
        return any(hmac.compare_digest(signature, _sign(key, body)) for key in named)


def _sign(key: SigningKey, body: bytes) -> bytes:
    return hmac.new(key.secret, _PURPOSE + body, sha256).digest()


def _text(body: bytes) -> str:
    return urlsafe_b64encode(body).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
