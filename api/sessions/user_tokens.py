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
from personalization.domain.errors import PrivacyKeyError, SealedValueError, UserTokenError
from personalization.domain.identifiers import ShopUserId
from personalization.signing.signing_ring import SigningKey, SigningKeys
from personalization.vault.field_cipher import FieldCipher, FieldPlace

LONGEST: Final = 1_024
"""An id of 128 characters takes four bytes each at the most."""
_PURPOSE: Final = b"fitting room user token 1 "
"""Other tokens are signed by the same key: one must never pass for the other."""
_PREFIX: Final = "u2"
_FORMER_PREFIX: Final = "u1"
"""Of former releases, which wrote the id into the token; they held for a day at most."""
_DOTS: Final = 3


class _UserClaim(msgspec.Struct, array_like=True, frozen=True):
    shop: str
    former_id: str
    """In tokens of former releases; else empty."""
    expires: int
    """Epoch seconds."""
    user_id: bytes = b""
    """Encrypted: others may see a token."""


_CLAIM: Final = msgspec.msgpack.Decoder(_UserClaim)


@dataclass(frozen=True, slots=True)
class UserToken:
    text: str
    expires_at: datetime


class UserTokens:
    """Signs `u2.claim.key.signature` and checks what comes back.

    It says who somebody is for an hour or so, in any session, and opens nothing by itself.
    """

    def __init__(self, keys: SigningKeys, cipher: FieldCipher) -> None:
        self._keys = keys
        self._cipher = cipher

    def issue(self, shop: ShopId, user_id: ShopUserId, life: timedelta, now: datetime) -> UserToken:
        expires_at = (now + life).replace(microsecond=0)
        sealed = self._cipher.seal(_place(shop), user_id.encode())
        claim = _UserClaim(shop, "", int(expires_at.timestamp()), sealed)
        body = _text(msgspec.msgpack.encode(claim))
        key = self._keys.current().signing(now)
        text = f"{_PREFIX}.{body}.{key.key_id}.{_sign(key, body)}"
        return UserToken(text, expires_at.astimezone(UTC))

    def read(self, text: str, shop: ShopId, now: datetime) -> ShopUserId:
        """Raise `UserTokenError` for a token that is foreign, altered or expired."""
        claim = self._claim(text)
        if claim.shop != shop:
            raise UserTokenError("The user token is another shop's.")
        if claim.expires <= now.timestamp():
            raise UserTokenError("The user token has expired: ask the shop's server for a new one.")
        return self._user_of(claim)

    def _user_of(self, claim: _UserClaim) -> ShopUserId:
        if claim.former_id:
            return ShopUserId(claim.former_id)
        try:
            return ShopUserId(self._cipher.open(_place(claim.shop), claim.user_id).decode())
        except (PrivacyKeyError, SealedValueError) as error:
            # A key of privacy has been dropped since.
            raise UserTokenError from error

    def _claim(self, text: str) -> _UserClaim:
        if len(text) > LONGEST or not text.isascii() or text.count(".") != _DOTS:
            raise UserTokenError
        prefix, body, key_id, signature = text.split(".")
        key = self._keys.current().find(key_id)
        if prefix not in {_PREFIX, _FORMER_PREFIX} or key is None:
            raise UserTokenError
        if not hmac.compare_digest(_sign(key, body), signature):
            raise UserTokenError
        try:
            return _CLAIM.decode(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (Base64Error, ValueError, msgspec.DecodeError) as error:
            raise UserTokenError from error


def _sign(key: SigningKey, body: str) -> str:
    return _text(hmac.new(key.secret, _PURPOSE + body.encode(), sha256).digest())


def _place(shop: str) -> FieldPlace:
    return FieldPlace("user_tokens", "user_id", shop)


def _text(body: bytes) -> str:
    return urlsafe_b64encode(body).rstrip(b"=").decode()
