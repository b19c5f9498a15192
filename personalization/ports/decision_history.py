from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from personalization.domain.decision import Decision
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.domain.profile import Profile
from personalization.domain.shown_decision import ShownDecision


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    decision: Decision
    profile: Profile


class DecisionHistory(Protocol):
    """Appends decisions idempotently and finds them by id, or by session and moment."""

    def append(self, records: Sequence[DecisionRecord]) -> None:
        """Store the records; writing the same decision id again changes nothing."""

    def read_many(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, DecisionRecord]:
        """Return the decisions that exist."""

    def read_decisions(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, Decision]:
        """Return the decisions that exist without their profiles, in less time than whole."""

    def read_slates(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, ShownDecision]:
        """Return what the decisions that exist have shown: many in the time of one whole."""

    def read_of_session(
        self, session_id: SessionId, decision_id: DecisionId
    ) -> DecisionRecord | None:
        """Return the decision if it is of the session; another's takes no longer than none."""

    def has_session(self, session_id: SessionId) -> bool:
        """Say whether there is any decision of the session, without reading one."""

    def list_session(
        self, session_id: SessionId, until: datetime, limit: int
    ) -> Sequence[DecisionRecord]:
        """Return a session's decisions made at or before a moment, newest first."""

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        """Delete what was decided for sessions, with the profiles; return how many decisions."""

    def read_day(self, day: date) -> Iterator[Sequence[DecisionRecord]]:
        """Yield what was decided on a UTC day, in chunks, by id: that is by time, then by id."""
