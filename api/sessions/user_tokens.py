"""What a shop's server signs, or has us sign, so that a browser may say who is logged in."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from personalization.domain.access.shop import ShopId
from personalization.domain.errors import UserTokenError
from personalization.domain.identifiers import UserId
from personalization.signing.signing_ring import SigningKey, SigningKeys

LONGEST: Final = 1_024
"""An id of 128 characters takes four bytes each at the most."""
_PURPOSE: Final = b"fitting room user token 1 "
"""Other tokens are signed by the same key: one must never pass for the other."""
_PREFIX: Final = "u1"
_DOTS: Final = 3


class _UserClaim(msgspec.Struct, array_like=True, frozen=True):
    shop: str
    user_id: str
    expires: int
    """Epoch seconds."""


_CLAIM: Final = msgspec.msgpack.Decoder(_UserClaim)


@dataclass(frozen=True, slots=True)
class UserToken:
    text: str
    expires_at: datetime


class UserTokens:
    """Signs `u1.claim.key.signature` and checks what comes back.

    It says who somebody is for an hour or so, in any session, and opens nothing by itself.
    """

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    def issue(self, shop: ShopId, user_id: UserId, life: timedelta, now: datetime) -> UserToken:
        expires_at = (now + life).replace(microsecond=0)
        claim = _UserClaim(shop, user_id, int(expires_at.timestamp()))
        body = _text(msgspec.msgpack.encode(claim))
        key = self._keys.current().signing(now)
        text = f"{_PREFIX}.{body}.{key.key_id}.{_sign(key, body)}"
        return UserToken(text, expires_at.astimezone(UTC))

    def read(self, text: str, shop: ShopId, now: datetime) -> UserId:
        """Raise `UserTokenError` for a token that is foreign, altered or expired."""
        claim = self._claim(text)
        if claim.shop != shop:
            raise UserTokenError("The user token is another shop's.")
        if claim.expires <= now.timestamp():
            raise UserTokenError("The user token has expired: ask the shop's server for a new one.")
        return UserId(claim.user_id)

    def _claim(self, text: str) -> _UserClaim:
        if len(text) > LONGEST or not text.isascii() or text.count(".") != _DOTS:
            raise UserTokenError
        prefix, body, key_id, signature = text.split(".")
        key = self._keys.current().find(key_id)
        if prefix != _PREFIX or key is None:
            raise UserTokenError
        if not hmac.compare_digest(_sign(key, body), signature):
            raise UserTokenError
        try:
            return _CLAIM.decode(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (Base64Error, ValueError, msgspec.DecodeError) as error:
            raise UserTokenError from error


def _sign(key: SigningKey, body: str) -> str:
    return _text(hmac.new(key.secret, _PURPOSE + body.encode(), sha256).digest())


def _text(body: bytes) -> str:
    return urlsafe_b64encode(body).rstrip(b"=").decode()
