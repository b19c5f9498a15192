"""The decisions of rows that come back with the first events of a session."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from typing import Final

from api.profiles.slate_book import HandedSlate, SlateBook
from api.recommendations.byte_quota import ByteQuota
from api.recommendations.record_tokens import (
    RecordTokens,
    decision_named_by,
    is_record_token,
)
from personalization.domain.clock import Clock
from personalization.domain.errors import DecisionTokenError
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.domain.slates.slot_table import slot_table
from personalization.ports.decision_history import DecisionRecord
from personalization.tracking.rejection import EventRejection

MOST_RECORD_TOKENS: Final = 36
"""Of a batch: three pages of twelve rows."""
_BAD_TOKEN: Final = "decision_token"  # noqa: S105 - the code of a verdict
_QUOTA: Final = "decision_quota"
_LINE: Final = attrgetter("product_id", "position")
_TOO_MANY: Final = EventRejection(
    _BAD_TOKEN,
    f"Of a batch {MOST_RECORD_TOKENS} tokens of rows are read: send the other ones with the next.",
)


@dataclass(slots=True)
class ReadRecords:
    records: list[DecisionRecord] = field(default_factory=list)
    faults: dict[DecisionId, EventRejection] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SentRecords:
    tokens: RecordTokens
    quota: ByteQuota
    book: SlateBook
    clock: Clock

    def new_among(self, sent_tokens: Sequence[str]) -> list[str]:
        """Return the tokens of records, without those whose decision is known to be kept."""
        tokens = dict.fromkeys(token for token in sent_tokens if is_record_token(token))
        return [token for token in tokens if not self._is_kept(token)]

    def read(self, tokens: Sequence[str], session_id: SessionId) -> ReadRecords:
        """Unpack tokens (some milliseconds each), and say why others are no use."""
        read, now = ReadRecords(), self.clock.now()
        others = map(decision_named_by, tokens[MOST_RECORD_TOKENS:])
        read.faults.update(dict.fromkeys(others, _TOO_MANY))
        for token in tokens[:MOST_RECORD_TOKENS]:
            decision_id = decision_named_by(token)
            try:
                record = self.tokens.read(token, session_id, now)
            except DecisionTokenError as error:
                read.faults[decision_id] = EventRejection(_BAD_TOKEN, str(error))
                continue
            refusal = self.quota.refusal(session_id)
            if refusal is not None:
                detail = (
                    f"{refusal.bytes:,} bytes of decisions are kept of a session in an hour, and "
                    f"they are used up: send it again in {refusal.seconds} s."
                )
                read.faults[decision_id] = EventRejection(_QUOTA, detail)
                continue
            self.quota.count(session_id, "", len(token))
            read.records.append(record)
        return read

    def find(
        self, token: str, session_id: SessionId, decision_id: DecisionId
    ) -> DecisionRecord | None:
        """Return a decision by its token, None where the token is another's or no use."""
        if decision_named_by(token) != decision_id:
            return None
        try:
            return self.tokens.read(token, session_id, self.clock.now())
        except DecisionTokenError:
            return None

    def _is_kept(self, token: str) -> bool:
        known = self.book.find(decision_named_by(token))
        return known is not None and known.token is None


def slate_of(record: DecisionRecord, token: str | None = None) -> HandedSlate:
    """Return what impressions of a decision are judged by."""
    decision = record.decision
    table = slot_table(decision.slate)
    lines = zip(table.product_ids, count()) if table else map(_LINE, decision.slate)
    return HandedSlate.of(decision.decision_id, decision.session_id, lines, token)
