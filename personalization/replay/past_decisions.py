from collections.abc import Iterable
from datetime import UTC, datetime

from personalization.domain.identifiers import SessionId
from personalization.learning.past_rounds import Period
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.ports.event_history import CLOCK_SLACK, EventHistory

MOST_OF_A_SESSION = 10_000


def sessions_of(history: EventHistory, period: Period) -> list[SessionId]:
    # Events have their day by the shopper's clock, decisions by ours.
    days = period.widen(CLOCK_SLACK, CLOCK_SLACK)
    found: dict[SessionId, None] = {}
    for day in history.days():
        if day in days:
            for chunk in history.read_day(day):
                found.update(dict.fromkeys(event.session_id for event in chunk))
    return list(found)


def decisions_of(
    decisions: DecisionHistory, sessions: Iterable[SessionId], period: Period, now: datetime
) -> list[DecisionRecord]:
    return [
        record
        for session_id in sessions
        for record in decisions.list_session(session_id, now, MOST_OF_A_SESSION)
        if record.decision.decided_at.astimezone(UTC).date() in period
    ]
