"""A decision with its profile as one compressed message of the log."""

import zlib

from personalization.codec.json_codec import DECISION, PROFILE
from personalization.decisions.former_records import decode_decision, decode_profile
from personalization.domain.decision import Decision
from personalization.ports.decision_history import DecisionRecord

_LENGTH_BYTES = 4
_COMPRESSION_LEVEL = 1
"""A quarter of the size for 0.2 ms."""


def encode_record(record: DecisionRecord) -> bytes:
    """Return the length of the decision's JSON, then both JSON texts, compressed by zlib."""
    decision = DECISION.encode(record.decision)
    length = len(decision).to_bytes(_LENGTH_BYTES, "big")
    return zlib.compress(length + decision + PROFILE.encode(record.profile), _COMPRESSION_LEVEL)


def decode_record(body: bytes) -> DecisionRecord:
    """Return what `encode_record` was given; raises `ValueError` for anything else."""
    return record_of_texts(*plain_texts(body))


def decode_record_decision(body: bytes) -> Decision:
    """Return the decision of `encode_record`; raises `ValueError` for anything else."""
    return decode_decision(plain_texts(body)[0])


def record_of_texts(decision: bytes, profile: bytes) -> DecisionRecord:
    decided = decode_decision(decision)
    return DecisionRecord(decided, decode_profile(profile, decided))


def plain_texts(body: bytes) -> tuple[bytes, bytes]:
    """Return the decision's JSON and the profile's; raises `ValueError` for anything else."""
    try:
        plain = zlib.decompress(body)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    end = _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES], "big")
    return plain[_LENGTH_BYTES:end], plain[end:]
