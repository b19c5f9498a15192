from binascii import Error as Base64Error
from datetime import datetime
from typing import Final

import msgspec

from api.profiles.signed_bytes import SignedBytes, bytes_of
from personalization.domain.errors import DecisionTokenError
from personalization.domain.first_visit import FirstVisit
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.signing.signing_ring import SigningKeys

LONGEST: Final = 4_096
"""Ours have some 500 characters, more where the shop has many placements or tuned much."""
_PURPOSE: Final = b"fitting room decision token 1 "
"""Session tokens are signed by the same key: one must never pass for the other."""
_ENCODER: Final = msgspec.msgpack.Encoder()
_VISIT: Final = msgspec.msgpack.Decoder(FirstVisit)


class DecisionTokens:
    """Signs what the decision of a first visit was made of, so that it can travel with the page."""

    def __init__(self, keys: SigningKeys) -> None:
        self._signed = SignedBytes(keys, _PURPOSE)

    def issue(self, visit: FirstVisit, now: datetime) -> str:
        return self._signed.seal(_ENCODER.encode(visit), now)

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
            return _VISIT.decode(bytes_of(token.partition(".")[0])).decision_id
        except (Base64Error, ValueError, msgspec.DecodeError):
            return None

    def _visit(self, token: str) -> FirstVisit:
        if len(token) > LONGEST or not token.isascii():
            raise DecisionTokenError
        try:
            return _VISIT.decode(self._signed.open(token))
        except (ValueError, msgspec.DecodeError) as error:
            raise DecisionTokenError from error
