"""A decision with its profile as one compact message, to the last bit.

Present records are packed (`packed_record`). Those that do not fit are a stream of zlib: the length
of the decision's JSON, then both JSON texts. So were all at first; the releases between kept
columns of actions beside JSON (`former_columns`).
"""

import zlib

from personalization.codec.json_codec import DECISION, PROFILE
from personalization.decisions.former_columns import (
    COMPACT,
    read_compact_decision,
    read_compact_record,
)
from personalization.decisions.former_records import decode_decision, decode_profile
from personalization.decisions.packed_record import (
    PACKED,
    damage_as_value_error,
    pack_record,
    unpack_decision,
    unpack_record,
)
from personalization.domain.decision import Decision
from personalization.ports.decision_history import DecisionRecord

_LENGTH_BYTES = 4
_LARGEST_BYTES = 1 << 26
"""Of both texts, hundreds of times what they are: a few bytes can ask for gigabytes."""
_COMPRESSION_LEVEL = 1


def encode_record(record: DecisionRecord) -> bytes:
    packed = pack_record(record)
    if packed is not None:
        return packed
    text = DECISION.encode(record.decision)
    length = len(text).to_bytes(_LENGTH_BYTES, "big")
    return zlib.compress(length + text + PROFILE.encode(record.profile), _COMPRESSION_LEVEL)


@damage_as_value_error()
def decode_record(body: bytes) -> DecisionRecord:
    """Return what `encode_record` was given; raises `ValueError` for anything else."""
    if body[:1] == PACKED:
        return unpack_record(body)
    if body[:1] == COMPACT:
        return read_compact_record(body)
    return record_of_texts(*plain_texts(body))


@damage_as_value_error()
def decode_record_decision(body: bytes) -> Decision:
    """Return the decision of `encode_record`; raises `ValueError` for anything else."""
    if body[:1] == PACKED:
        return unpack_decision(body)
    if body[:1] == COMPACT:
        return read_compact_decision(body)
    return decode_decision(plain_texts(body)[0])


def record_of_texts(decision: bytes, profile: bytes) -> DecisionRecord:
    decided = decode_decision(decision)
    return DecisionRecord(decided, decode_profile(profile, decided))


def plain_texts(body: bytes) -> tuple[bytes, bytes]:
    """Return the decision's JSON and the profile's of a record that is not packed."""
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(body, _LARGEST_BYTES + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacker.eof:
        raise ValueError("The texts are cut short or too large.")
    end = _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES], "big")
    return plain[_LENGTH_BYTES:end], plain[end:]
