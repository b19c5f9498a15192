"""Waiting for outcomes: what was seen, what came of it, and when it is time to learn.

A position is open from its impression until the outcome window has passed in log time, the
time at which the log took each event. A position closes at its due moment, before anything that
the log took at that moment or later. So closing is a function of the log alone: whenever it is
looked at, and after any restart, the same positions close in the same order with the same sums.
"""

from dataclasses import dataclass, field

from personalization.domain.decision_id import decided_at_of
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import DecisionId, EventId, ProductId, SessionId
from personalization.domain.reward import outcome_of, reward

MILLISECONDS = 1000


@dataclass(slots=True)
class OpenPosition:
    """A position of a slate that was seen and still waits for its outcome."""

    session_id: SessionId
    decision_id: DecisionId
    product_id: ProductId
    seen_at_ms: int
    reward: float = 0.0
    counted: list[EventId] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ClosedPosition:
    """A position whose window has passed, with its outcome in -1..1."""

    decision_id: DecisionId
    product_id: ProductId
    outcome: float


@dataclass(slots=True)
class OutcomeBook:
    """All open positions, in the order in which they were seen.

    `closed` remembers what has been learned as long as an impression of it could still arrive,
    so that a repeated impression is never learned twice. An impression of a decision older than
    twice the window is refused, which bounds both.
    """

    window_ms: int
    open: dict[str, OpenPosition] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    log_time_ms: int = 0

    def take(self, event: Event, appended_at_ms: int) -> None:
        """Take an event in log order."""
        self.log_time_ms = max(self.log_time_ms, appended_at_ms)
        if event.type is EventType.IMPRESSION:
            self._see(event)
        else:
            self._reward(event)

    def close_due(self, now_ms: int) -> list[ClosedPosition]:
        """Forget and return the positions whose window has passed at a moment of log time.

        To be called before an event of that moment is taken, and at will in between.
        """
        due = []
        for key, one in self.open.items():
            if now_ms - one.seen_at_ms < self.window_ms:
                break
            due.append(key)
        closed = []
        for key in due:
            one = self.open.pop(key)
            self.closed[key] = one.seen_at_ms + self.window_ms
            closed.append(ClosedPosition(one.decision_id, one.product_id, outcome_of(one.reward)))
        self._forget_closed(now_ms)
        return closed

    def _see(self, event: Event) -> None:
        if event.decision_id is None or self._is_old(event.decision_id):
            return
        for product_id in event.product_ids:
            key = f"{event.decision_id}/{product_id}"
            if key not in self.open and key not in self.closed:
                self.open[key] = OpenPosition(
                    event.session_id, event.decision_id, product_id, self.log_time_ms
                )

    def _reward(self, event: Event) -> None:
        if event.decision_id is None:
            return
        for product_id in event.product_ids:
            one = self.open.get(f"{event.decision_id}/{product_id}")
            ours = one is not None and one.session_id == event.session_id
            if one is not None and ours and event.event_id not in one.counted:
                one.reward += reward(event)
                one.counted.append(event.event_id)

    def _is_old(self, decision_id: DecisionId) -> bool:
        decided_at = decided_at_of(decision_id)
        if decided_at is None:
            return True
        age_ms = self.log_time_ms - decided_at.timestamp() * MILLISECONDS
        return age_ms > 2 * self.window_ms

    def _forget_closed(self, now_ms: int) -> None:
        horizon = now_ms - 2 * self.window_ms
        while self.closed:
            key, closed_at_ms = next(iter(self.closed.items()))
            if closed_at_ms >= horizon:
                return
            del self.closed[key]
