"""What every reader of the log does around its records: poll, retry, commit, measure, stop."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Event as Flag
from typing import Protocol, TypeVar

from personalization.domain.clock import Throttle
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import EventConsumer, Record, TopicPartition
from personalization.telemetry.metrics import CONSUMER_LAG, STORE_FAILURES
from realtime.health import RoleHealth

_Answer = TypeVar("_Answer")
_LOG = logging.getLogger(__name__)
_FIRST_WAIT_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 2.0
_LAG_EVERY_SECONDS = 1.0
POLL_SECONDS = 0.25
"""How long a poll waits for its first record, and so how soon a stop is noticed."""
COMMIT_SECONDS = 0.05
"""Offsets are committed so often at most: a commit is a write of its own, for which the next
records wait, and those who append to the same file. After a kill so much is handled again, and
changes nothing."""
_NOTHING_MORE_SECONDS = 0.001
"""A poll that finds nothing in this time has reached the end."""


class Role(Protocol):
    name: str
    group: str
    batch: int
    linger_seconds: float
    """Pause after each poll, where fewer and larger batches matter more than their age: then the
    role is not woken by each record either, at the moment at which others have to be quick."""

    def handle(self, records: Sequence[Record]) -> Mapping[TopicPartition, int]:
        """Return the offsets that may be committed; repeating it must change nothing more."""

    def tell(self) -> None:
        """Announce what is stored now; after a crash it may be announced again."""

    def idle(self) -> Mapping[TopicPartition, int]:
        """Do what is due, whether or not there were records; return offsets as above."""

    def finish(self) -> None:
        """Store what must survive a stop."""


def next_offsets(records: Sequence[Record]) -> Mapping[TopicPartition, int]:
    offsets: dict[TopicPartition, int] = {}
    for record in records:
        known = offsets.get(record.topic_partition, 0)
        offsets[record.topic_partition] = max(known, record.offset + 1)
    return offsets


class RoleLoop:
    """Runs a role over a consumer until the stop flag is set.

    Offsets are committed last, after everything they stand for is stored and announced: at once,
    but not sooner than `commit_seconds` after those before them. A store that does not answer is
    retried with growing pauses, which leaves the records in the log: the log is the buffer. Any
    other error ends the loop, and with it the process.
    """

    def __init__(
        self,
        role: Role,
        consumer: EventConsumer,
        stop: Flag,
        others: Sequence[EventConsumer] = (),
        commit_seconds: float = COMMIT_SECONDS,
    ) -> None:
        """Take the role's consumer, and others that it asks: all are closed at the end."""
        self._role = role
        self._consumer = consumer
        self._others = others
        self._stop = stop
        self._lag_look = Throttle(_LAG_EVERY_SECONDS)
        self._commit_look = Throttle(commit_seconds)
        self._uncommitted: dict[TopicPartition, int] = {}
        self.health = RoleHealth()

    def start_at(self, offsets: Mapping[TopicPartition, int]) -> None:
        if offsets:
            self._consumer.seek(offsets)

    def run(self) -> None:
        while not self._stop.is_set():
            self._turn()
        self._commit()
        self._role.finish()
        self.close()

    def close(self) -> None:
        """Close the consumers, also after a failure where the process goes on."""
        for consumer in (self._consumer, *self._others):
            consumer.close()

    def _turn(self) -> None:
        self.health.note_turn()
        lingers = self._role.linger_seconds > 0
        wait = _NOTHING_MORE_SECONDS if lingers else POLL_SECONDS
        if self._uncommitted:
            wait = min(wait, max(_NOTHING_MORE_SECONDS, self._commit_look.remaining_seconds()))
        records = self._patiently(partial(self._consumer.poll, self._role.batch, wait))
        if records:
            self._note_offsets(self._patiently(partial(self._role.handle, records)))
            self._role.tell()
        if self._uncommitted and (lingers or self._commit_look.due()):
            self._commit()
        if lingers:
            self._stop.wait(self._role.linger_seconds)
        if due := self._patiently(self._role.idle):
            self._note_offsets(due)
            self._commit()
        self._measure_lag()

    def _note_offsets(self, next_offsets: Mapping[TopicPartition, int] | None) -> None:
        for place, offset in (next_offsets or {}).items():
            self._uncommitted[place] = max(offset, self._uncommitted.get(place, 0))

    def _commit(self) -> None:
        wanted, self._uncommitted = self._uncommitted, {}
        if wanted:
            self._patiently(partial(self._consumer.commit, wanted))

    def _patiently(self, call: Callable[[], _Answer]) -> _Answer | None:
        """Call until a store answers; None if the stop flag is set before."""
        wait = _FIRST_WAIT_SECONDS
        while True:
            try:
                answer = call()
            except StoreUnavailableError as error:
                self.health.waiting_for = str(error)
                STORE_FAILURES.labels(self._role.name).inc()
                fields = {"role": self._role.name, "error": str(error)}
                _LOG.warning("a store does not answer, retrying", extra={"fields": fields})
                if self._stop.wait(wait):
                    return None
                wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
            else:
                self.health.waiting_for = None
                return answer

    def _measure_lag(self) -> None:
        """Ask for the lag now and then; if no broker answers, reading goes on."""
        if not self._lag_look.due():
            return
        try:
            self.health.lag = self._consumer.lag()
        except StoreUnavailableError:
            STORE_FAILURES.labels("lag").inc()
        else:
            CONSUMER_LAG.labels(self._role.group).set(self.health.lag)
