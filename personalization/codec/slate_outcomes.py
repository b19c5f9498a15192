"""Learned rounds as rows: some 5 bytes a round, since a slate's share nearly everything."""

import math
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from personalization.domain.identifiers import DecisionId
from personalization.ports.learned_rounds import PositionOutcome, SlateOutcomes

_DIGEST_BITS = 64
_Body = tuple[bytes, list[int], list[float], list[float] | None]
"""Decision, places, outcomes, and for corrections the outcomes before."""
_UUID_BYTES = 16
_MARK = b"\0" * (_UUID_BYTES + 1)
"""Before an id that is no UUID as we write it, longer than one."""
_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(_Body).decode


def encode_outcomes(slate: SlateOutcomes) -> bytes:
    former = [each.corrects for each in slate.outcomes if each.corrects is not None]
    return _ENCODE((
        _short_id(slate.decision_id),
        [each.place for each in slate.outcomes],
        [_short(each.outcome) for each in slate.outcomes],
        [_short(outcome) for outcome in former] or None,
    ))  # fmt: skip


def decode_outcomes(number: int, session: int, closed_at_ms: int, body: bytes) -> SlateOutcomes:
    decision, places, outcomes, former = _DECODE(body)
    corrects: Sequence[float | None] = former or [None] * len(places)
    return SlateOutcomes(
        number=number,
        decision_id=DecisionId(_whole_id(decision)),
        session=digest_of_number(session),
        closed_at_ms=closed_at_ms,
        outcomes=tuple(map(PositionOutcome, places, outcomes, corrects)),
    )


def count_of(body: bytes) -> int:
    """Return how many rounds a row holds."""
    return len(_DECODE(body)[1])


def rounds_by_session(rows: Iterable[tuple[int, int, bytes]]) -> Mapping[str, int]:
    """Count the rounds of rows by the digests of their sessions.

    A row is its number, the session's digest as `number_of_digest` has it, and its outcomes.
    """
    counts: dict[str, int] = {}
    for _, session, body in rows:
        digest = digest_of_number(session)
        counts[digest] = counts.get(digest, 0) + count_of(body)
    return counts


def number_of_digest(digest: str) -> int:
    """Return a digest's 64 bits as the signed number that databases keep."""
    number = int(digest, 16)
    return number - (1 << _DIGEST_BITS) if number >> (_DIGEST_BITS - 1) else number


def digest_of_number(number: int) -> str:
    return f"{number % (1 << _DIGEST_BITS):016x}"


def _short_id(decision_id: str) -> bytes:
    """Return a UUID in its 16 bytes; one that is written in no usual way as text."""
    try:
        identifier = UUID(decision_id)
    except ValueError:
        return _MARK + decision_id.encode()
    return identifier.bytes if str(identifier) == decision_id else _MARK + decision_id.encode()


def _whole_id(short: bytes) -> str:

    if len(short) == _UUID_BYTES:
        return str(UUID(bytes=short))
    return short[len(_MARK) :].decode()


def _short(outcome: float) -> float:
    # A whole number takes one byte; nothing came of most impressions.
    whole = int(outcome)
    return (
        whole
        if whole == outcome and math.copysign(1.0, outcome) == math.copysign(1.0, whole)
        else outcome
    )
