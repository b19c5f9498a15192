"""A consumer that passes over what erased sessions have in the log, which may not forget it."""

from collections.abc import Sequence
from dataclasses import dataclass

from personalization.domain.identifiers import SessionId
from personalization.neighbours.erasures import ErasedSessions
from personalization.ports.event_log import PassingConsumer, Record


@dataclass(slots=True)
class ForgettingConsumer(PassingConsumer):
    """Gives their records without key and value, so that offsets go on."""

    erased: ErasedSessions

    def poll(self, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        records = self.consumer.poll(max_records, timeout_seconds)
        if not records:
            return records
        # The list is looked at once for all of them, after they were read.
        self.erased.includes(SessionId(""), looks=True)
        return [self._forget(record) for record in records]

    def _forget(self, record: Record) -> Record:
        return record.empty() if self.erased.includes(SessionId(record.key)) else record
