"""The whole decision of a row as a token, for visitors of whom nothing is written yet."""

from datetime import datetime
from typing import Final

from api.profiles.signed_bytes import SignedBytes
from personalization.decisions.decision_record import decode_record, encode_record
from personalization.domain.errors import DecisionTokenError
from personalization.domain.first_visit import FIRST_VISIT_LIFE
from personalization.domain.identifiers import DecisionId, SessionId, decided_at_of
from personalization.ports.decision_history import DecisionRecord
from personalization.signing.signing_ring import SigningKeys

LONGEST_RECORD_TOKEN: Final = 12 * 1024
"""Characters. A row of 20 has some 3,000; a page of twelve rows stays below its body's limit."""
_PURPOSE: Final = b"fitting room record token 1 "
_PREFIX: Final = "row"
_HEAD_PARTS: Final = 3
"""Before what is signed: the prefix, the decision and the session."""


class RecordTokens:
    """Signs records as `row.decision.session.record.signature.key`.

    A row cannot be made again as a first profile can: what it was chosen from is not kept. So the
    record itself travels. Decision and session stand before it, so that a token which is no use is
    told without unpacking it.
    """

    def __init__(self, keys: SigningKeys) -> None:
        self._signed = SignedBytes(keys, _PURPOSE)

    def issue(self, record: DecisionRecord, now: datetime) -> str | None:
        """Return None for a record that is too large to travel."""
        decision = record.decision
        sealed = self._signed.seal(encode_record(record), now)
        token = f"{_PREFIX}.{decision.decision_id}.{decision.session_id}.{sealed}"
        return token if len(token) <= LONGEST_RECORD_TOKEN else None

    def read(self, token: str, session_id: SessionId, now: datetime) -> DecisionRecord:
        """Raise `DecisionTokenError` for one that is altered, expired, or of another session."""
        if len(token) > LONGEST_RECORD_TOKEN or not token.isascii():
            raise DecisionTokenError
        _, decision_id, named_session, sealed = token.split(".", _HEAD_PARTS)
        if named_session != session_id:
            raise DecisionTokenError("The decision token is another session's.")
        decided_at = decided_at_of(DecisionId(decision_id))
        if decided_at is None or decided_at + FIRST_VISIT_LIFE <= now:
            raise DecisionTokenError("The decision token has expired: ask for the rows again.")
        try:
            record = decode_record(self._signed.open(sealed))
        except ValueError as error:
            raise DecisionTokenError from error
        if (record.decision.decision_id, record.decision.session_id) != (decision_id, session_id):
            raise DecisionTokenError
        return record


def is_record_token(token: str) -> bool:
    return token.startswith(f"{_PREFIX}.") and token.count(".") > _HEAD_PARTS


def decision_named_by(token: str) -> DecisionId:
    """Return which decision a token of a record names, true or not."""
    return DecisionId(token.split(".", 2)[1])
