"""Builds decision records."""

from datetime import datetime

from personalization.domain.identifiers import DecisionId, SessionId
from personalization.ports.decision_history import DecisionRecord
from tests.builders.decision import a_decision
from tests.builders.moments import NOON
from tests.builders.profile import a_profile


def a_decision_record(
    decision_id: str = "decision-1", session_id: str = "session-1", decided_at: datetime = NOON
) -> DecisionRecord:
    """Return a decision and its profile, which agree on who, when and which."""
    decision = a_decision(
        decision_id=DecisionId(decision_id),
        session_id=SessionId(session_id),
        decided_at=decided_at,
    )
    profile = a_profile(
        decision_id=decision.decision_id,
        session_id=decision.session_id,
        created_at=decided_at,
    )
    return DecisionRecord(decision, profile)
