"""Keeps decisions before anybody sees them, in the history or, while it is away, in the log."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from personalization.decisions.decision_record import encode_record
from personalization.domain.decision import Decision
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.domain.shown_decision import ShownDecision
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.ports.event_log import EventPublisher, Message
from personalization.ports.topics import DELAYED_DECISIONS
from personalization.telemetry.metrics import STORE_FAILURES

_LOG = logging.getLogger(__name__)
LOOK_AGAIN_SECONDS = 1.0
"""After a failure the history is left alone this long: each try may cost its whole timeout."""
PUBLISH_SECONDS = 10.0


class KeptDecisions:
    """Publishes what the history cannot take to the topic of delayed decisions.

    The history writer appends it from there later. So an outage of the history delays explanations,
    not profiles, and still nothing is served that is not kept somewhere durable.
    """

    def __init__(self, history: DecisionHistory, publisher: EventPublisher) -> None:
        self._history = history
        self._publisher = publisher
        self._avoid_until = 0.0

    def append(self, records: Sequence[DecisionRecord]) -> None:
        """Keep the records; raises `StoreUnavailableError` if the log does not take them either."""
        if not records:
            return
        if time.monotonic() >= self._avoid_until:
            try:
                self._history.append(records)
            except StoreUnavailableError as error:
                STORE_FAILURES.labels("decisions").inc()
                _LOG.warning(
                    "the decision history does not answer, decisions go to the log",
                    extra={"fields": {"error": str(error), "decisions": len(records)}},
                )
                self._avoid_until = time.monotonic() + LOOK_AGAIN_SECONDS
            else:
                return
        messages = [Message(kept.decision.session_id, encode_record(kept)) for kept in records]
        try:
            self._publisher.publish(DELAYED_DECISIONS, messages).result(PUBLISH_SECONDS)
        except TimeoutError as error:
            raise StoreUnavailableError("The log took no delayed decisions in time.") from error

    def read_many(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, DecisionRecord]:
        return self._history.read_many(decision_ids)

    def read_decisions(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, Decision]:
        return self._history.read_decisions(decision_ids)

    def read_slates(self, decision_ids: Sequence[DecisionId]) -> Mapping[DecisionId, ShownDecision]:
        return self._history.read_slates(decision_ids)

    def read_of_session(
        self, session_id: SessionId, decision_id: DecisionId
    ) -> DecisionRecord | None:
        return self._history.read_of_session(session_id, decision_id)

    def has_session(self, session_id: SessionId) -> bool:
        return self._history.has_session(session_id)

    def list_session(
        self, session_id: SessionId, until: datetime, limit: int
    ) -> Sequence[DecisionRecord]:
        """Pages wait for it: after a failure it fails at once for a moment."""
        if time.monotonic() < self._avoid_until:
            raise StoreUnavailableError("The decision history did not answer a moment ago.")
        try:
            return self._history.list_session(session_id, until, limit)
        except StoreUnavailableError:
            self._avoid_until = time.monotonic() + LOOK_AGAIN_SECONDS
            raise

    def read_day(self, day: date) -> Iterator[Sequence[DecisionRecord]]:
        return self._history.read_day(day)

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        return self._history.erase(session_ids)
