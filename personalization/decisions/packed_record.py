"""The present form of a record: decision and profile in the places of one array.

First comes the byte `PACKED`, then the checksum of all that follows: an array of MessagePack,
compressed, and the bytes that nothing compresses: ids and the bits of numbers.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import numpy as np

from personalization.codec import familiar_record
from personalization.decisions.packed_decision import (
    PackedDecision,
    read_decision,
    read_shown,
    write_decision,
)
from personalization.decisions.packed_profile import PackedProfile, read_profile, write_profile
from personalization.decisions.record_ledger import KeptNumbers, LedgerReader, LedgerWriter
from personalization.domain.decision import Decision
from personalization.domain.identifiers import UserId
from personalization.domain.shown_decision import ShownDecision
from personalization.ports.decision_history import DecisionRecord

PACKED = b"\x03"
_CHECK_BYTES = 4


class PackedRecord(msgspec.Struct, array_like=True, frozen=True):
    decision: PackedDecision
    profile: PackedProfile
    numbers: KeptNumbers


class _ReadRecord(msgspec.Struct, array_like=True, frozen=True):
    """A record whose profile is looked into when somebody asks."""

    decision: PackedDecision
    profile: msgspec.Raw
    numbers: KeptNumbers


class _User(msgspec.Struct, array_like=True, frozen=True):
    """`PackedProfile`, of whose places the rest is skipped."""

    user_id: UserId | None


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_ReadRecord)
_PROFILE, _USER = msgspec.msgpack.Decoder(PackedProfile), msgspec.msgpack.Decoder(_User)


def pack_record(record: DecisionRecord) -> bytes | None:
    """Return None for a record that does not fit."""
    ledger = LedgerWriter()
    try:
        with np.errstate(all="ignore"):
            decision = write_decision(ledger, record.decision)
            profile = write_profile(ledger, record.profile, record.decision)
            numbers, incompressible = ledger.close()
        text = _ENCODER.encode(PackedRecord(decision, profile, numbers))
        compressed = familiar_record.compress(text)
    except (ValueError, ArithmeticError, LookupError):
        return None
    body = compressed + incompressible
    return b"".join((PACKED, zlib.crc32(body).to_bytes(_CHECK_BYTES, "big"), body))


def unpack_record(body: bytes) -> DecisionRecord:
    """Raise `ValueError` for anything but a packed record, whole and undamaged."""
    with damage_as_value_error():
        packed, ledger = _open(body)
        profile = _PROFILE.decode(packed.profile)
        decision = read_decision(ledger, packed.decision)
        return DecisionRecord(decision, read_profile(ledger, profile, decision))


def unpack_decision(body: bytes) -> Decision:
    """Raise `ValueError` as `unpack_record` does."""
    with damage_as_value_error():
        packed, ledger = _open(body)
        return read_decision(ledger, packed.decision)


def unpack_slate(body: bytes) -> ShownDecision:
    """Return what a decision has shown and work out no scores; raises as `unpack_record` does."""
    with damage_as_value_error():
        packed, ledger = _open(body)
        user_id = _USER.decode(packed.profile).user_id
        return read_shown(ledger, packed.decision, user_id)


def _open(body: bytes) -> tuple[_ReadRecord, LedgerReader]:
    start = len(PACKED) + _CHECK_BYTES
    check, rest = body[len(PACKED) : start], body[start:]
    if zlib.crc32(rest).to_bytes(_CHECK_BYTES, "big") != check:
        raise ValueError("The record is damaged.")
    text, incompressible = familiar_record.decompress(rest)
    packed = _DECODER.decode(text)
    return packed, LedgerReader(packed.numbers, incompressible)


@contextmanager
def damage_as_value_error() -> Iterator[None]:
    """Numbers may overflow as they did when they were written; what is missing is an error."""
    try:
        with np.errstate(all="ignore"):
            yield
    except (LookupError, ArithmeticError, TypeError, RecursionError) as error:
        raise ValueError(f"The record is not whole: {error}") from error
