"""Receipts of erasures: what was removed from which store and when, signed, naming nobody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from personalization.domain.clock import Clock
from personalization.erasure.erasure_request import ErasureRequest, ErasureState, StoreErasure
from personalization.vault.privacy_ring import PrivacyKey, PrivacyKeys, Purpose

ALGORITHM: Final = "Ed25519"
"""RFC 8032; the key is derived from the ring's, so that who has the ring can check any receipt."""


HANDED_OUT: Final = (
    "tables of `fitting-room warehouse --out` outside the home folder, and copies of them",
    "lists of `fitting-room recommend --out` outside the home folder, and what was sent by them",
    "archives of `fitting-room privacy export`",
    "backups: see the ledger of erasures",
)
"""No store knows where these are now."""


class PeopleReceipt(msgspec.Struct, frozen=True):
    request_id: str
    state: ErasureState
    asked_at: datetime
    asked_by: str
    sessions: int
    """How many visits."""
    unknown: int
    """Of how many of them no store knew anything."""
    live_at: datetime | None
    done_at: datetime | None
    stores: tuple[StoreErasure, ...]
    waits_for: str = ""
    parts: tuple[str, ...] = ()
    """Further requests, for more visits of the same people."""
    handed_out: tuple[str, ...] = HANDED_OUT
    """What may have been handed to others before, which is the shop's to delete."""


class SignedReceipt(msgspec.Struct, frozen=True):
    receipt: msgspec.Raw
    """JSON, whose bytes are what is signed."""
    algorithm: str
    key_id: str
    public_key: str
    """Hexadecimal."""
    signature: str


def receipt_of(request: ErasureRequest) -> PeopleReceipt:
    return PeopleReceipt(
        request_id=request.request_id,
        state=request.state,
        asked_at=request.asked_at,
        asked_by=request.asked_by,
        sessions=request.session_count,
        unknown=request.unknown,
        live_at=request.live_at,
        done_at=request.done_at,
        stores=request.stores,
        waits_for=request.waits_for,
        parts=request.parts,
    )


@dataclass(frozen=True, slots=True)
class ReceiptSigner:
    keys: PrivacyKeys
    clock: Clock

    def sign(self, receipt: PeopleReceipt) -> SignedReceipt:
        key = self.keys.current().newest(self.clock.now())
        private, body = _private(key), msgspec.json.encode(receipt)
        return SignedReceipt(
            receipt=msgspec.Raw(body),
            algorithm=ALGORITHM,
            key_id=key.key_id,
            public_key=_public(private),
            signature=private.sign(body).hex(),
        )

    def verify(self, text: bytes) -> PeopleReceipt | None:
        """Return the receipt if one of our keys signed just this; raises `ValueError` for others.

        None where the key is not among ours any more.
        """
        signed = msgspec.json.decode(text, type=SignedReceipt)
        key = self.keys.current().find(signed.key_id)
        if key is None:
            return None
        private, body = _private(key), bytes(signed.receipt)
        try:
            private.public_key().verify(bytes.fromhex(signed.signature), body)
        except InvalidSignature as error:
            raise ValueError("the signature is not that of this text") from error
        if signed.public_key != _public(private):
            raise ValueError("it names another public key than ours")
        return msgspec.json.decode(body, type=PeopleReceipt)


def _private(key: PrivacyKey) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key.of(Purpose.RECEIPTS))


def _public(private: Ed25519PrivateKey) -> str:
    raw: bytes = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return raw.hex()
