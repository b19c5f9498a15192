import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from personalization.domain.errors import SealedValueError, StoreUnavailableError
from personalization.ports.event_log import PassingConsumer, Record, TopicPartition
from personalization.telemetry.metrics import UNREADABLE_RECORDS
from personalization.vault.session_keys import KeyCase, SealedContent

_LOG = logging.getLogger(__name__)
PATIENCE_SECONDS: Final = 60.0
"""How long a key that the store has never seen is waited for: replicas may be behind."""


@dataclass(slots=True)
class SealedConsumer(PassingConsumer):
    """Opens sealed records; one whose key is destroyed comes without key and value.

    While keys cannot be had `poll` raises `StoreUnavailableError`, and goes on with the same
    records.
    """

    keys: KeyCase
    seconds: Callable[[], float] = time.monotonic
    _held: Sequence[Record] = ()
    """What was read and is not opened yet."""
    _missing_since: float | None = None

    def poll(self, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        if not self._held:
            self._held = self.consumer.poll(max_records, timeout_seconds)
        if not self._held:
            return self._held
        found = [(record, SealedContent.parse(record.value)) for record in self._held]
        self._load([content for _, content in found if content is not None])
        opened = [
            record if content is None else self._open(record, content) for record, content in found
        ]
        self._held, self._missing_since = (), None
        self.keys.trim()
        return opened

    def seek(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        self._held = ()
        self.consumer.seek(next_offsets)

    def read_up_to_ms(self) -> int:
        """As the log's, but for what is held: it was not returned yet."""
        up_to_ms = self.consumer.read_up_to_ms()
        return min([up_to_ms, *(record.appended_at_ms - 1 for record in self._held)])

    def _load(self, contents: Sequence[SealedContent]) -> None:
        if not contents:
            return
        self.keys.load(contents)
        missing = sum(not self.keys.knows(content) for content in contents)
        if not missing:
            return
        now = self.seconds()
        if self._missing_since is None:
            self._missing_since = now
        if now - self._missing_since < PATIENCE_SECONDS:
            raise StoreUnavailableError(f"The keys of {missing} records are not there yet.")
        UNREADABLE_RECORDS.inc(missing)
        _LOG.error("keys of records are lost: passed over", extra={"fields": {"records": missing}})

    def _open(self, record: Record, content: SealedContent) -> Record:
        try:
            opened = self.keys.open(content)
        except SealedValueError:
            UNREADABLE_RECORDS.inc()
            _LOG.exception("passed over a record")
            opened = None
        if opened is None:
            return record.empty()
        key, value, headers = opened
        return replace(record, key=key, value=value, headers=headers)
