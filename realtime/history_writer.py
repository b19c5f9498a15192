"""Keeps every valid event, late ones too, and the delayed decisions."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from personalization.codec.json_codec import EVENT
from personalization.decisions.decision_record import decode_record
from personalization.domain.event import Event
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import Record, TopicPartition
from personalization.ports.topics import DELAYED_DECISIONS, HISTORY_GROUP
from realtime.role_loop import next_offsets


class HistoryWriter:
    """Appends what it reads; the histories store an id once."""

    name = "history"
    linger_seconds = 0.2
    group = HISTORY_GROUP
    batch = 1_000

    def __init__(self, events: EventHistory, decisions: DecisionHistory) -> None:
        self._events = events
        self._decisions = decisions

    def handle(self, records: Sequence[Record]) -> Mapping[TopicPartition, int]:
        events: list[Event] = []
        decisions: list[DecisionRecord] = []
        for record in records:
            if record.is_erased:
                continue
            if record.topic_partition.topic == DELAYED_DECISIONS:
                decisions.append(decode_record(record.value))
                continue
            # The scorer puts what cannot be read into the dead letter, with the reason.
            with suppress(ValueError):
                event = EVENT.decode(record.value)
                if event.is_kept:
                    events.append(event)
        self._events.append(events)
        self._decisions.append(decisions)
        return next_offsets(records)

    def tell(self) -> None:
        """Announce nothing."""

    def idle(self) -> Mapping[TopicPartition, int]:
        """Nothing is ever due."""
        return {}

    def finish(self) -> None:
        """Nothing waits between batches."""
