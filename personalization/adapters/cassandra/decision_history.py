from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any, TypeVar

from personalization.adapters.cassandra.batches import Write, present, read_each, write_rows
from personalization.adapters.cassandra.connection import CassandraConnection, translated_errors
from personalization.codec.moments import to_microseconds
from personalization.decisions.decision_record import (
    decode_record,
    decode_record_decision,
    encode_record,
)
from personalization.decisions.own_decisions import is_own
from personalization.decisions.shown_decision import decode_shown_record
from personalization.domain.decision import Decision
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.domain.profile import Profile
from personalization.domain.shown_decision import ShownDecision
from personalization.ports.decision_history import DecisionRecord

_Decoded = TypeVar("_Decoded")
_DAY_SECONDS = 86_400
_WRITTEN = "USING TTL ? AND TIMESTAMP ?"
_WRITE = (
    "INSERT INTO decisions (decision_id, session_id, decided_at, policy, policy_version, "
    f"generation_id, live_weight, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?) {_WRITTEN}"
)
_WRITE_BY_SESSION = (
    "INSERT INTO decisions_by_session (session_id, decided_at, decided_at_us, decision_id, "
    "version, policy, policy_version, generation_id, live_weight, evidence_amount, action_count, "
    "slate_products, slate_propensities, slate_explored, slate_placements, slate_policies) "
    f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {_WRITTEN}"
)
_WRITE_PROFILE = (
    "INSERT INTO profiles_by_session (session_id, created_at, version, decision_id, expires_at, "
    "active, live_weight, category_ids, category_scores, product_ids, product_scores, "
    "product_reasons, recent_product_ids, bundle_ids, trending_product_ids) "
    f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {_WRITTEN}"
)
_READ = "SELECT record FROM decisions WHERE decision_id = ?"
_READ_SESSION_OF = "SELECT session_id FROM decisions WHERE decision_id = ?"
_HAS_SESSION = "SELECT decision_id FROM decisions_by_session WHERE session_id = ? LIMIT 1"
_LIST_SESSION = (
    "SELECT decision_id, decided_at_us FROM decisions_by_session "
    "WHERE session_id = ? AND decided_at <= ?"
)
_IDS_BETWEEN = "SELECT decision_id FROM decisions WHERE decided_at >= ? AND decided_at < ?"
_IDS_OF_SESSION = "SELECT decision_id FROM decisions_by_session WHERE session_id = ?"
_ERASE = "DELETE FROM decisions WHERE decision_id = ?"
_ERASE_BY_SESSION = "DELETE FROM decisions_by_session WHERE session_id = ?"
_ERASE_PROFILES = "DELETE FROM profiles_by_session WHERE session_id = ?"
STRETCH = timedelta(hours=1)
"""Of a day, whose ids are sorted in memory: a million decisions a day are some 40,000."""
DECISIONS_PER_CHUNK = 200
"""Some 30 KB each once they are unpacked."""


class CassandraDecisionHistory:
    """Decisions whole for explanations and flat for analysts; write times are theirs."""

    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection
        self._ttl_seconds = connection.settings.decisions_days * _DAY_SECONDS

    def append(self, records: Sequence[DecisionRecord]) -> None:
        write_rows(self._connection, chain.from_iterable(map(self._writes, records)))

    def read_many(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, DecisionRecord]:
        return self._read(decision_ids, decode_record)

    def read_decisions(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, Decision]:
        return self._read(decision_ids, decode_record_decision)

    def read_slates(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, ShownDecision]:
        return self._read(decision_ids, decode_shown_record)

    def read_of_session(
        self, session_id: SessionId, decision_id: DecisionId
    ) -> DecisionRecord | None:
        row = self._connection.execute(_READ_SESSION_OF, (decision_id,)).one()
        if row != (session_id,):
            return None
        return self.read_many([decision_id]).get(decision_id)

    def has_session(self, session_id: SessionId) -> bool:
        return self._connection.execute(_HAS_SESSION, (session_id,)).one() is not None

    def list_session(
        self, session_id: SessionId, until: datetime, limit: int
    ) -> Sequence[DecisionRecord]:
        until_us = to_microseconds(until)
        rows = self._connection.execute(_LIST_SESSION, (session_id, until))
        ids: list[DecisionId] = []
        last_ms = None
        with translated_errors():
            # Rows are ordered by milliseconds: all of the last one are read, then put in order.
            for decision_id, decided_at_us in rows:
                if len(ids) >= limit and decided_at_us // 1_000 != last_ms:
                    break
                if decided_at_us <= until_us:
                    ids.append(decision_id)
                    last_ms = decided_at_us // 1_000
        found = self.read_many(ids)
        return sorted(found.values(), key=_newest, reverse=True)[:limit]

    def read_day(self, day: date) -> Iterator[Sequence[DecisionRecord]]:
        first = datetime.combine(day, time(), UTC)
        for part in range(timedelta(days=1) // STRETCH):
            since = first + part * STRETCH
            rows = self._connection.execute(_IDS_BETWEEN, (since, since + STRETCH))
            with translated_errors():
                ids = sorted(decision_id for (decision_id,) in rows)
            for start in range(0, len(ids), DECISIONS_PER_CHUNK):
                found = self.read_many(ids[start : start + DECISIONS_PER_CHUNK])
                if found:
                    yield list(found.values())

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        """Delete by rows of each table; a file keeps them until it is compacted."""
        found = read_each(self._connection, _IDS_OF_SESSION, ((name,) for name in session_ids))
        ids = [decision_id for rows in found for (decision_id,) in rows]
        writes = [Write(decision_id, _ERASE, (decision_id,)) for decision_id in ids]
        for session_id in session_ids:
            writes += [
                Write(session_id, _ERASE_BY_SESSION, (session_id,)),
                Write(session_id, _ERASE_PROFILES, (session_id,)),
            ]
        write_rows(self._connection, writes)
        return len(ids)

    def _read(
        self, decision_ids: Sequence[DecisionId], decode: Callable[[bytes], _Decoded]
    ) -> Mapping[DecisionId, _Decoded]:
        found = read_each(self._connection, _READ, ((decision_id,) for decision_id in decision_ids))
        answers = zip(decision_ids, found, strict=True)
        return {decision_id: decode(rows[0][0]) for decision_id, rows in answers if rows}

    def _writes(self, record: DecisionRecord) -> Iterator[Write]:
        decision, profile = record.decision, record.profile
        written = (self._ttl_seconds, to_microseconds(decision.decided_at))
        whole = (
            decision.decision_id, decision.session_id, decision.decided_at, decision.base_policy,
            decision.policy_version, decision.generation_id, decision.live_weight,
            encode_record(record),
        )  # fmt: skip
        yield Write(decision.decision_id, _WRITE, present((*whole, *written)))
        by_session = (*_decision_row(decision, profile.version), *written)
        yield Write(decision.session_id, _WRITE_BY_SESSION, present(by_session))
        if is_own(record):
            by_profile = (*_profile_row(profile), *written)
            yield Write(decision.session_id, _WRITE_PROFILE, present(by_profile))


def _newest(record: DecisionRecord) -> tuple[datetime, str]:
    return record.decision.decided_at, record.decision.decision_id


def _decision_row(decision: Decision, version: int) -> tuple[Any, ...]:
    policies = {draw.placement: draw.policy for draw in decision.draws}
    return (
        decision.session_id, decision.decided_at, to_microseconds(decision.decided_at),
        decision.decision_id, version, decision.base_policy, decision.policy_version,
        decision.generation_id, decision.live_weight, decision.evidence_amount,
        len(decision.actions),
        [slot.product_id for slot in decision.slate],
        [slot.propensity for slot in decision.slate],
        [slot.explored for slot in decision.slate],
        [slot.placement for slot in decision.slate],
        [policies.get(slot.placement, decision.base_policy) for slot in decision.slate],
    )  # fmt: skip


def _profile_row(profile: Profile) -> tuple[Any, ...]:
    return (
        profile.session_id, profile.created_at, profile.version, profile.decision_id,
        profile.expiry, profile.active, profile.live_weight,
        [category.category_id for category in profile.score_data.categories],
        [category.score for category in profile.score_data.categories],
        [product.product_id for product in profile.score_data.products],
        [product.score for product in profile.score_data.products],
        [product.reason for product in profile.score_data.products],
        profile.recent_products,
        [bundle.bundle_id for bundle in profile.bundled_discount_suggestions],
        [product.product_id for product in profile.trending_recommendations],
    )  # fmt: skip
