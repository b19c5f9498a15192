"""Reads records of earlier releases that kept the actions' columns beside the decision's JSON.

They begin with the byte `COMPACT`. Then come, compressed, the decision's JSON without its actions,
the rest of its profile, the actions' names and codes and the leading bytes of their numbers; last
the numbers' other bytes. To go once the decisions kept by them have passed their retention.
"""

import zlib
from dataclasses import replace
from typing import NamedTuple

import msgspec

from personalization.codec import familiar_text
from personalization.codec.json_codec import DECISION
from personalization.decisions.former_actions import ActionNames, FormerActions, read_actions
from personalization.decisions.former_profile import KeptProfile, whole_profile
from personalization.domain.decision import Decision
from personalization.ports.decision_history import DecisionRecord

COMPACT = b"\x02"
_LENGTH_BYTES = 4
_KEPT_PROFILE, _NAMES = msgspec.json.Decoder(KeptProfile), msgspec.json.Decoder(ActionNames)


class CompactParts(NamedTuple):
    """The parts of a compact record: three JSON texts, then the columns of the actions."""

    decision: bytes
    profile: bytes
    names: bytes
    codes: bytes
    numbers: bytes

    def columns(self) -> FormerActions:
        return FormerActions(_NAMES.decode(self.names), self.codes, self.numbers)


def read_compact_record(body: bytes) -> DecisionRecord:
    """Raise `ValueError` for anything but a compact record, whole and undamaged."""
    parts = compact_parts(body)
    decision = _decision(parts)
    return DecisionRecord(decision, whole_profile(_KEPT_PROFILE.decode(parts.profile), decision))


def read_compact_decision(body: bytes) -> Decision:
    """Raise `ValueError` as `read_compact_record` does."""
    return _decision(compact_parts(body))


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


def _decision(parts: CompactParts) -> Decision:
    decision = DECISION.decode(parts.decision)
    return replace(decision, actions=read_actions(decision, parts.columns()))
