"""A log whose records only the keys of their sessions open."""

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.ports.event_log import ErasedRecords, EventLog, Message
from personalization.publish_results import pass_on
from personalization.telemetry.metrics import STORE_FAILURES
from personalization.vault.sealed_consumer import SealedConsumer
from personalization.vault.session_keys import KeyCase, OwnKey

_LOG: Final = logging.getLogger(__name__)
MOST_OWN: Final = 20_000
"""Sessions whose keys are remembered; for others new ones are made."""
AWAY_SECONDS: Final = 5.0
"""After the store of keys did not answer, records carry theirs for so long without asking it."""
MOST_OWED: Final = 10_000
"""Carried keys that are still to be listed as such, once the store is back."""


@dataclass(slots=True, eq=False)
class _SessionEntry:
    key: OwnKey
    is_stored: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _WaitingPublish:
    """A publish whose keys are still being stored."""

    topic: str
    messages: Sequence[Message]
    entries: Sequence[_SessionEntry | None]
    result: Future[None] = field(default_factory=Future)

    @property
    def sessions(self) -> set[str]:
        return {message.key for message in self.messages if message.key}

    @property
    def has_keys(self) -> bool:
        return all(entry is None or entry.is_stored for entry in self.entries)

    def seal(self) -> list[Message]:
        return [
            message if entry is None else entry.key.seal(message)
            for message, entry in zip(self.messages, self.entries, strict=True)
        ]


class SealedLog:
    """Seals what is published and opens what is read, over a log that cannot forget.

    Keys of sessions that are new here are stored by a thread of their own, many at a time; what
    is published meanwhile waits for them, and messages of a session keep their order.
    """

    def __init__(
        self,
        log: EventLog,
        keys: Callable[[], KeyCase],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._new_case = keys
        self._case = keys()
        self._seconds = seconds
        self._entries: OrderedDict[str, _SessionEntry] = OrderedDict()
        self._unstored: list[_SessionEntry] = []
        self._waiting: list[_WaitingPublish] = []
        self._queued: Counter[str] = Counter()
        """How many of those a session has."""
        self._owed: list[OwnKey] = []
        self._away_until = float("-inf")
        self._turn = threading.Lock()
        self._work = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def publish(self, topic: str, messages: Sequence[Message]) -> Future[None]:
        if not messages:
            return self._log.publish(topic, messages)
        with self._turn:
            if self._closed:
                # The thread has ended: the log says that it is closed.
                return self._log.publish(topic, messages)
            entries = [self._entry(message.key) for message in messages]
            waiting = _WaitingPublish(topic, messages, entries)
            if waiting.has_keys and not any(self._queued[key] for key in waiting.sessions):
                return self._log.publish(topic, waiting.seal())
            waiting.result.set_running_or_notify_cancel()
            self._waiting.append(waiting)
            self._queued.update(waiting.sessions)
            self._start()
        self._work.set()
        return waiting.result

    def consumer(
        self, group: str, topics: Sequence[str], partitions: Sequence[int] | None = None
    ) -> SealedConsumer:
        return SealedConsumer(self._log.consumer(group, topics, partitions), self._new_case())

    def erase(self, session_ids: Sequence[SessionId]) -> ErasedRecords:
        """Destroy the keys of sessions: `removed` counts keys."""
        destroyed = self._case.store.destroy(session_ids)
        until = self._log.erase(session_ids).kept_until if destroyed.carried else None
        return ErasedRecords(destroyed.destroyed, until)

    def partition_count(self, topic: str) -> int:
        return self._log.partition_count(topic)

    def close(self) -> None:
        with self._turn:
            self._closed = True
            thread = self._thread
        self._work.set()
        if thread is not None:
            thread.join()
        self._log.close()

    def _entry(self, key: str) -> _SessionEntry | None:
        """Return the session's key, made if need be; None for what belongs to nobody."""
        if not key:
            return None
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = _SessionEntry(self._case.make(SessionId(key)))
            self._unstored.append(entry)
            while len(self._entries) > MOST_OWN:
                self._entries.popitem(last=False)
        else:
            self._entries.move_to_end(key)
        return entry

    def _start(self) -> None:
        """Begin the thread with the first key, so that who only reads has none."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="session-keys", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            self._work.wait(AWAY_SECONDS if self._owed else None)
            self._work.clear()
            with self._turn:
                new, self._unstored = self._unstored, []
                is_last = self._closed and not new and not self._waiting
            if is_last:
                return
            self._store(new)
            with self._turn:
                for entry in new:
                    entry.is_stored = True
                self._publish_ready()
                if self._closed:
                    self._work.set()

    def _store(self, new: Sequence[_SessionEntry]) -> None:
        if self._seconds() < self._away_until:
            self._carry(new)
            return
        rows = [entry.key.row for entry in new] + [key.row for key in self._owed]
        if not rows:
            return
        try:
            self._case.store.add(rows)
        except Exception as error:  # noqa: BLE001 - without this thread nobody new could publish
            if not isinstance(error, StoreUnavailableError):
                _LOG.exception("keys of sessions cannot be stored")
            STORE_FAILURES.labels("session_keys").inc()
            self._away_until = self._seconds() + AWAY_SECONDS
            self._carry(new)
        else:
            self._settle()

    def _carry(self, new: Sequence[_SessionEntry]) -> None:
        for entry in new:
            entry.key.is_carried = True
            if len(self._owed) < MOST_OWED:
                self._owed.append(entry.key)

    def _settle(self) -> None:
        """Make other keys for sessions whose records carried theirs: the store is back."""
        if not self._owed:
            return
        with self._turn:
            for key in self._owed:
                entry = self._entries.get(key.session_id)
                if entry is not None and entry.key is key and entry.is_stored:
                    del self._entries[key.session_id]
            self._owed = []

    def _publish_ready(self) -> None:
        """Publish what has all its keys, unless a session has something waiting before it."""
        left: list[_WaitingPublish] = []
        blocked: set[str] = set()
        for waiting in self._waiting:
            if not waiting.has_keys or not blocked.isdisjoint(waiting.sessions):
                left.append(waiting)
                blocked |= waiting.sessions
                continue
            self._queued -= Counter(waiting.sessions)
            try:
                published = self._log.publish(waiting.topic, waiting.seal())
            except Exception as error:  # noqa: BLE001 - the thread goes on for the others
                waiting.result.set_exception(error)
            else:
                published.add_done_callback(partial(pass_on, target=waiting.result))
        self._waiting = left
