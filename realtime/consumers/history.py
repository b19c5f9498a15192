"""The history writer: keeps every valid event, late ones too."""

from collections.abc import Sequence

from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import Record
from personalization.ports.topics import HISTORY_GROUP


class HistoryWriter:
    """Appends what it reads; the history stores an event id once."""

    name = "history"
    linger_seconds = 0.2
    group = HISTORY_GROUP
    batch = 1_000

    def __init__(self, history: EventHistory) -> None:
        self._history = history

    def handle(self, records: Sequence[Record]) -> None:
        """Append the records' events."""
        events: list[Event] = []
        for record in records:
            try:
                events.append(EVENT.decode(record.value))
            except ValueError:
                continue  # The scorer puts it into the dead letter, with the reason.
        self._history.append(events)

    def after_commit(self) -> None:
        """Nobody waits to be told."""

    def idle(self) -> None:
        """Nothing is ever due."""

    def finish(self) -> None:
        """Nothing is held back."""
