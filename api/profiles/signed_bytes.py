"""Bytes that travel with a page and come back unaltered."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from datetime import datetime
from hashlib import sha256

from personalization.domain.errors import DecisionTokenError
from personalization.signing.signing_ring import SigningKey, SigningKeys


class SignedBytes:
    """Signs bytes with HMAC-SHA256 as the text `body.signature.key`."""

    def __init__(self, keys: SigningKeys, purpose: bytes) -> None:
        """Take a `purpose` of its own: all tokens are signed by the same keys."""
        self._keys = keys
        self._purpose = purpose

    def seal(self, body: bytes, now: datetime) -> str:
        key = self._keys.current().signing(now)
        return f"{_text(body)}.{_text(self._sign(key, body))}.{key.key_id}"

    def open(self, text: str) -> bytes:
        """Raise `DecisionTokenError` for what is altered, or was signed by another."""
        body, _, rest = text.partition(".")
        signature, _, key_id = rest.partition(".")
        try:
            signed = bytes_of(body)
            is_signed = self._is_signed(signed, bytes_of(signature), key_id)
        except (Base64Error, ValueError) as error:
            raise DecisionTokenError from error
        if not is_signed:
            raise DecisionTokenError
        return signed

    def _is_signed(self, body: bytes, signature: bytes, key_id: str) -> bool:
        # Those of former releases name no key.
        keys = self._keys.current().keys
        named = [key for key in keys if key_id in ("", key.key_id)]
        return any(hmac.compare_digest(signature, self._sign(key, body)) for key in named)

    def _sign(self, key: SigningKey, body: bytes) -> bytes:
        return hmac.new(key.secret, self._purpose + body, sha256).digest()


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(body: bytes) -> str:
    return urlsafe_b64encode(body).rstrip(b"=").decode()
