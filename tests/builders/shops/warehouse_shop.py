"""Builds the analysts' shop with decision ids as they are made, so that days can be read."""

from collections.abc import Sequence
from dataclasses import replace

from personalization.domain.asked import Asked, Strategy
from personalization.domain.event import Event
from personalization.domain.identifiers import DecisionId, UserId, decision_id_of
from personalization.domain.profile import profile_slots
from personalization.ports.decision_history import DecisionRecord
from tests.builders.shops import analysts_shop

ASKED = Asked(nonce="n", strategy=Strategy.SIMILAR, filter='{"field":"brand","is":["Loom"]}')


def _record(record: DecisionRecord) -> DecisionRecord:
    decision = record.decision
    own_id = decision_id_of(decision.decided_at, decision.decision_id)
    profile = replace(record.profile, decision_id=own_id, slate=profile_slots(decision))
    return DecisionRecord(replace(decision, decision_id=own_id), profile)


RECORDS = [_record(record) for record in analysts_shop.RECORDS]
_IDS = {
    former.decision.decision_id: record.decision.decision_id
    for former, record in zip(analysts_shop.RECORDS, RECORDS, strict=True)
}


def _event(event: Event) -> Event:
    known: DecisionId | None = _IDS.get(event.decision_id) if event.decision_id else None
    return replace(event, decision_id=known)


EVENTS: Sequence[Event] = list(map(_event, analysts_shop.EVENTS))


def a_row_record() -> DecisionRecord:
    """Return the decision on a row for a known person, an hour after the visits."""
    [*_, newest] = RECORDS
    decided_at = newest.decision.decided_at.replace(hour=13)
    own_id = decision_id_of(decided_at, "row")
    decision = replace(newest.decision, decision_id=own_id, decided_at=decided_at, asked=ASKED)
    profile = replace(
        newest.profile, decision_id=own_id, created_at=decided_at, user_id=UserId("ann")
    )
    return DecisionRecord(decision, profile)
