"""A decision with its profile as one compact message, to the last bit.

Present records begin with the byte `COMPACT`. Then come, compressed, the decision's JSON without
its actions, the rest of its profile, the actions' names and codes and the leading bytes of their
numbers; last the numbers' other bytes, which nothing compresses. Former records, and those that do
not fit this form, are a stream of zlib: the length of the decision's JSON, then both JSON texts.
"""

import zlib
from dataclasses import replace
from typing import NamedTuple

import msgspec

from personalization.codec import familiar_text
from personalization.codec.json_codec import DECISION, PROFILE
from personalization.decisions.action_columns import (
    ActionColumns,
    ActionNames,
    read_actions,
    write_actions,
)
from personalization.decisions.former_records import decode_decision, decode_profile
from personalization.decisions.kept_profile import KeptProfile, kept_profile, whole_profile
from personalization.domain.decision import Decision
from personalization.ports.decision_history import DecisionRecord

COMPACT = b"\x02"
_LENGTH_BYTES = 4
_COMPRESSION_LEVEL = 1
_LEADING_PLANES, _PLANES = 2, 8
"""Sign, exponent and the first bits of numbers are alike."""
_KEPT_PROFILE, _NAMES = msgspec.json.Decoder(KeptProfile), msgspec.json.Decoder(ActionNames)
_ENCODER = msgspec.json.Encoder()


class CompactParts(NamedTuple):
    """The parts of a compact record: three JSON texts, then the columns of the actions."""

    decision: bytes
    profile: bytes
    names: bytes
    codes: bytes
    numbers: bytes

    def columns(self) -> ActionColumns:
        return ActionColumns(_NAMES.decode(self.names), self.codes, self.numbers)


def encode_record(record: DecisionRecord) -> bytes:
    decision, profile = record.decision, record.profile
    kept = kept_profile(profile, decision)
    try:
        columns = write_actions(decision) if kept is not None else None
    except (ValueError, ArithmeticError, LookupError):
        # Numbers that no blend made: there is nothing that follows from others.
        columns = None
    if columns is None:
        text = DECISION.encode(decision)
        length = len(text).to_bytes(_LENGTH_BYTES, "big")
        return zlib.compress(length + text + PROFILE.encode(profile), _COMPRESSION_LEVEL)
    texts = DECISION.encode(replace(decision, actions=())), _ENCODER.encode(kept)
    names, codes, numbers = columns
    return _compact(CompactParts(*texts, _ENCODER.encode(names), codes, numbers))


def decode_record(body: bytes) -> DecisionRecord:
    """Return what `encode_record` was given; raises `ValueError` for anything else."""
    if body[:1] != COMPACT:
        return record_of_texts(*plain_texts(body))
    parts = compact_parts(body)
    decision = _compact_decision(parts)
    return DecisionRecord(decision, whole_profile(_KEPT_PROFILE.decode(parts.profile), decision))


def decode_record_decision(body: bytes) -> Decision:
    """Return the decision of `encode_record`; raises `ValueError` for anything else."""
    if body[:1] != COMPACT:
        return decode_decision(plain_texts(body)[0])
    return _compact_decision(compact_parts(body))


def record_of_texts(decision: bytes, profile: bytes) -> DecisionRecord:
    decided = decode_decision(decision)
    return DecisionRecord(decided, decode_profile(profile, decided))


def plain_texts(body: bytes) -> tuple[bytes, bytes]:
    """Return the decision's JSON and the profile's of a record that is not compact."""
    try:
        plain = zlib.decompress(body)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    end = _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES], "big")
    return plain[_LENGTH_BYTES:end], plain[end:]


def compact_parts(body: bytes) -> CompactParts:
    """Raise `ValueError` for anything but a compact record, whole and undamaged."""
    start = len(COMPACT) + _LENGTH_BYTES
    end = start + int.from_bytes(body[len(COMPACT) : start], "big")
    plain, tail = familiar_text.decompress(body[start:end]), body[end:]
    cuts, at = [], 0
    for _ in CompactParts._fields:
        cuts.append(int.from_bytes(plain[at : at + _LENGTH_BYTES], "big"))
        at += _LENGTH_BYTES
    parts = []
    for length in cuts[:-1]:
        parts.append(plain[at : at + length])
        at += length
    if zlib.crc32(tail) != cuts[-1]:
        raise ValueError("The record's numbers are damaged.")
    decision, profile, names, codes = parts
    return CompactParts(decision, profile, names, codes, plain[at:] + tail)


def _compact(parts: CompactParts) -> bytes:
    leading = len(parts.numbers) * _LEADING_PLANES // _PLANES
    tail = parts.numbers[leading:]
    numbers = (*map(len, parts[:-1]), zlib.crc32(tail))
    head = b"".join(number.to_bytes(_LENGTH_BYTES, "big") for number in numbers)
    packed = familiar_text.compress(b"".join((head, *parts[:-1], parts.numbers[:leading])))
    return b"".join((COMPACT, len(packed).to_bytes(_LENGTH_BYTES, "big"), packed, tail))


def _compact_decision(parts: CompactParts) -> Decision:
    decision = DECISION.decode(parts.decision)
    return replace(decision, actions=read_actions(decision, parts.columns()))
