"""The learner: joins outcomes to decisions, teaches the model, and checkpoints both as one.

The checkpoint holds the model, the open positions and the offsets they stand for. A restart
reads on from exactly there, so nothing is lost and nothing is learned twice.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from personalization.codec.json_codec import EVENT
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_log import Record, TopicPartition
from personalization.ports.model_store import ModelStore
from personalization.ports.policy import LearningRound, PolicyLearner
from personalization.ports.topics import LEARNER_GROUP
from personalization.telemetry.metrics import ROUNDS_LEARNED
from realtime.consumers.loop import next_offsets
from realtime.engine.outcomes import ClosedPosition, OpenPosition, OutcomeBook
from realtime.engine.rounds import learning_round

_LOG = logging.getLogger(__name__)
MODEL_PART = "model.vw"
STATE_PART = "state.json"


class ResumableLearner(PolicyLearner, Protocol):
    """A learner whose model can be put into a checkpoint."""

    def dump(self) -> bytes:
        """Return the model."""
        ...


class OffsetEntry(msgspec.Struct, frozen=True):
    """The next offset of one partition."""

    topic: str
    partition: int
    offset: int


class LearnerState(msgspec.Struct):
    """What the checkpoint holds beside the model."""

    offsets: list[OffsetEntry]
    open: dict[str, OpenPosition]
    closed: dict[str, int]
    log_time_ms: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Where checkpoints go, and how often."""

    store: ModelStore
    every_seconds: float


class Learner:
    """Reads every event in log order and learns each seen position once its window has passed."""

    name = "learner"
    linger_seconds = 0.2
    group = LEARNER_GROUP
    batch = 500

    def __init__(
        self,
        decisions: DecisionHistory,
        checkpoints: Checkpoints,
        window_seconds: float,
        load_model: Callable[[bytes | None], ResumableLearner],
    ) -> None:
        self._decisions = decisions
        self._checkpoints = checkpoints
        self._book = OutcomeBook(window_ms=int(window_seconds * 1000))
        self._offsets: dict[TopicPartition, int] = {}
        self._waiting: list[ClosedPosition] = []
        self._rounds = self._rounds_saved = 0
        self._saved_at = time.monotonic()
        self._model = load_model(self._restore())

    @property
    def offsets(self) -> Mapping[TopicPartition, int]:
        """The offsets to read on from; empty before the first checkpoint."""
        return self._offsets

    @property
    def rounds(self) -> int:
        """Positions learned from since the model began."""
        return self._rounds

    def handle(self, records: Sequence[Record]) -> None:
        """Take the records' events, and learn the positions that are due.

        Taking an event again changes nothing, so a retry after a failed look-up is safe.
        """
        for record in records:
            try:
                event = EVENT.decode(record.value)
            except ValueError:
                continue  # The scorer has put it into the dead letter.
            self._book.take(event, record.appended_at_ms)
            self._waiting.extend(self._book.close_due())
        self._learn_waiting()
        self._offsets.update(next_offsets(records))

    def after_commit(self) -> None:
        """Nobody waits to be told."""

    def idle(self) -> None:
        """Write a checkpoint when one is due and something was learned."""
        due = time.monotonic() - self._saved_at >= self._checkpoints.every_seconds
        if due and self._rounds != self._rounds_saved:
            self.checkpoint()

    def finish(self) -> None:
        """Write the last checkpoint."""
        if self._offsets:
            self.checkpoint()

    def checkpoint(self) -> str:
        """Store model, open positions and offsets as one snapshot; return its version."""
        state = LearnerState(
            offsets=[
                OffsetEntry(place.topic, place.partition, offset)
                for place, offset in self._offsets.items()
            ],
            open=self._book.open,
            closed=self._book.closed,
            log_time_ms=self._book.log_time_ms,
            rounds=self._rounds,
        )
        parts = {MODEL_PART: self._model.dump(), STATE_PART: msgspec.json.encode(state)}
        version = self._checkpoints.store.save(parts)
        self._saved_at, self._rounds_saved = time.monotonic(), self._rounds
        _LOG.info(
            "model snapshot written",
            extra={"fields": {"version": version, "rounds": self._rounds}},
        )
        return version

    def _learn_waiting(self) -> None:
        if not self._waiting:
            return
        ids = list(dict.fromkeys(one.decision_id for one in self._waiting))
        found = self._decisions.read_many(ids)
        rounds: list[LearningRound] = []
        for one in self._waiting:
            record = found.get(one.decision_id)
            slate = record.decision.slate if record else ()
            if record is None or all(slot.product_id != one.product_id for slot in slate):
                ROUNDS_LEARNED.labels("unknown").inc()
                continue
            rounds.append(learning_round(record.decision, one.product_id, one.outcome))
            ROUNDS_LEARNED.labels("engaged" if one.outcome else "not_engaged").inc()
        self._model.learn(rounds)
        self._rounds += len(rounds)
        self._waiting.clear()

    def _restore(self) -> bytes | None:
        version = self._checkpoints.store.current()
        if version is None:
            return None
        parts = self._checkpoints.store.load(version)
        state = msgspec.json.decode(parts[STATE_PART], type=LearnerState)
        self._offsets = {
            TopicPartition(one.topic, one.partition): one.offset for one in state.offsets
        }
        self._book.open, self._book.closed = state.open, state.closed
        self._book.log_time_ms = state.log_time_ms
        self._rounds = self._rounds_saved = state.rounds
        return parts[MODEL_PART]
