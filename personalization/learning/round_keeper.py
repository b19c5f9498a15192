"""Keeps what a learner learns, so that the kept rounds of a snapshot are exactly its models'.

Rounds get numbers in the order of learning. They are stored before the snapshot that counts them
becomes current; a learner that starts from an older one learns them again and writes the same rows.
The rounds of a decision that closed together share a row. A snapshot never comes between them:
whatever is due at a moment is learned before one is written.
"""

import time
from collections.abc import Callable, Collection

import msgspec

from personalization.domain.identifiers import DecisionId, SessionId
from personalization.learning.impressions import ImpressionOutcome
from personalization.learning.training import KEPT_STARTS, LearnerStart, Training
from personalization.ports.learned_rounds import LearnedRounds, PositionOutcome, SlateOutcomes

ROWS_AT_ONCE = 500
"""In one transaction; more of them in memory only make work for the garbage collector."""
_Digest = Callable[[SessionId], str]


def _now_us() -> int:
    return time.time_ns() // 1_000


class RoundKeeper:
    """Call `resume` before anything else; not for two threads."""

    def __init__(
        self, store: LearnedRounds, digest: _Digest, now_us: Callable[[], int] = _now_us
    ) -> None:
        self._store = store
        self._digest = digest
        self._now_us = now_us
        self._training = Training(next=0, kept_from=0)
        self._full: list[SlateOutcomes] = []
        self._growing: list[PositionOutcome] = []
        self._of: tuple[DecisionId, int, bool] | None = None
        self._session = ""

    @property
    def training(self) -> Training:
        return self._training

    def resume(
        self, training: Training, parts: Collection[str], known_parts: Collection[str]
    ) -> None:
        """Go on from a snapshot with these parts; one that it does not know begins now."""
        began_us = max(self._now_us(), *(start.began_us + 1 for start in training.starts), 0)
        first_rounds = {
            name: training.first_rounds.get(name, 0) if name in known_parts else training.next
            for name in parts
        }
        start = LearnerStart(began_us, training.next)
        starts = [*training.starts, start][-KEPT_STARTS:]
        self._training = msgspec.structs.replace(training, first_rounds=first_rounds, starts=starts)
        self._store.discard_from(training.next, began_us)

    def add(self, closed: ImpressionOutcome, session_id: SessionId, place: int) -> None:
        """Give a round that is learned its number, and keep it with the next writing."""
        of = closed.decision_id, closed.closed_at_ms, closed.corrects is None
        if of != self._of:
            self._end_slate()
            self._of, self._session = of, session_id
        self._growing.append(PositionOutcome(place, closed.outcome, closed.corrects))
        self._training.next += 1

    def write_many(self) -> None:
        """Store what is complete once it is much; raises `StoreUnavailableError`."""
        if len(self._full) >= ROWS_AT_ONCE:
            self._write()

    def write_all(self) -> None:
        """Store everything that was learned; raises `StoreUnavailableError`."""
        self._end_slate()
        self._write()

    def _write(self) -> None:
        if self._full:
            self._store.append(self._full, self._training.starts[-1].began_us)
            self._full = []

    def _end_slate(self) -> None:
        if self._of is None:
            return
        decision_id, closed_at_ms, _ = self._of
        number = self._training.next - len(self._growing)
        digest = self._digest(SessionId(self._session))
        outcomes = tuple(self._growing)
        self._full.append(SlateOutcomes(number, decision_id, digest, closed_at_ms, outcomes))
        self._of, self._growing = None, []
