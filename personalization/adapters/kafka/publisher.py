"""Publishing with acknowledgement: a future per call, done once the brokers hold all of it."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Delivered

from personalization.adapters.kafka.connection import domain_error, shared_options
from personalization.adapters.kafka.partitioner import partition_of
from personalization.adapters.kafka.topics import READINESS, Topics
from personalization.domain.errors import PersonalizationError, StoreUnavailableError
from personalization.ports.event_log import Message
from personalization.publish_results import pass_on
from personalization.settings.kafka import KafkaSettings

POLL_SECONDS = 0.1
"""How long the polling thread waits at most before it looks whether it should end."""
HEALTH_SECONDS = 1.5
_BY_KEY = -1
_PROBE = (Message("readiness", b""),)
LINGER_MS = 0.5
"""Enough for the events of one request to travel together, too little to be seen."""


class _Pending:
    """One publish call: counts its messages down, then completes its future."""

    def __init__(self, messages: int) -> None:
        self.done: Future[None] = Future()
        # What is handed to the driver cannot be taken back.
        self.done.set_running_or_notify_cancel()
        self._left = messages
        self._error: KafkaError | None = None

    def on_delivery(self, error: KafkaError | None, _: Delivered | None = None) -> None:
        self._error = self._error or error
        self._left -= 1
        if self._left == 0:
            if self._error is None:
                self.done.set_result(None)
            else:
                self.done.set_exception(domain_error(self._error))


class KafkaPublisher:
    """An idempotent producer; its polling thread acknowledges quicker than the asyncio client."""

    def __init__(self, settings: KafkaSettings, topics: Topics) -> None:
        self._settings = settings
        self._topics = topics
        self._known: set[str] = set()
        self._closed = threading.Event()
        self._broken = threading.Event()
        self._turn = threading.Lock()
        self._producer = self._connect()
        self._slow_calls = ThreadPoolExecutor(1, thread_name_prefix="kafka-topics")
        self._thread = threading.Thread(target=self._poll, name="kafka-publisher", daemon=True)
        self._thread.start()

    def publish(self, topic: str, messages: Sequence[Message]) -> Future[None]:
        """Send the messages; an empty batch asks for the topic's leaders and writes to `READINESS`.

        Messages that were not confirmed in time may be published again: a key's order is then that
        of the last sending.
        """
        if self._closed.is_set():
            return _failure(StoreUnavailableError("The log is closed."))
        if not messages:
            return self._first_send(self._settings.topic_prefix + READINESS, _PROBE, topic)
        if topic in self._known:
            return self._send(topic, messages)
        return self._first_send(topic, messages)

    def close(self) -> None:
        self._closed.set()
        self._slow_calls.shutdown(wait=True)
        self._thread.join()
        self._producer.flush(self._settings.acknowledge_within_seconds)

    def _first_send(
        self, topic: str, messages: Sequence[Message], asks_for: str | None = None
    ) -> Future[None]:
        """Make the topic beside the caller, who may be an event loop, then send."""
        result: Future[None] = Future()
        result.set_running_or_notify_cancel()

        def make_and_send() -> None:
            try:
                if asks_for is not None:
                    self._topics.reachable(asks_for, HEALTH_SECONDS)
                self._topics.partitions(topic)
                self._known.add(topic)
                sent = self._send(topic, messages)
            except PersonalizationError as error:
                result.set_exception(error)
            except BaseException as error:
                result.set_exception(error)
                raise
            else:
                sent.add_done_callback(lambda done: pass_on(done, result))

        self._slow_calls.submit(make_and_send)
        return result

    def _send(self, topic: str, messages: Sequence[Message]) -> Future[None]:
        pending = _Pending(len(messages))
        partitions = self._topics.partitions(topic)
        for number, message in enumerate(messages):
            placed_by = message.placed_by
            try:
                with self._turn:
                    self._producer.produce(
                        topic, message.value, message.key, on_delivery=pending.on_delivery,
                        partition=partition_of(placed_by, partitions) if placed_by else _BY_KEY,
                        headers=[(name, value.encode()) for name, value in message.headers],
                    )  # fmt: skip
            except (BufferError, KafkaException) as error:
                # Those handed in before this one are on their way; the rest are not.
                failed = _cause(error)
                for _ in range(len(messages) - number):
                    pending.on_delivery(failed)
                break
        return pending.done

    def _poll(self) -> None:
        while not self._closed.is_set():
            self._producer.poll(POLL_SECONDS)
            if self._broken.is_set():
                self._replace_producer()

    def _replace_producer(self) -> None:
        """Replace a producer that cannot recover, and fail what still waits for the old one."""
        self._broken.clear()
        with self._turn:
            broken, self._producer = self._producer, self._connect()
        broken.purge()
        broken.flush(HEALTH_SECONDS)

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._broken.set()

    def _connect(self) -> Producer:
        within_ms = int(self._settings.acknowledge_within_seconds * 1000)
        return Producer(
            {
                **shared_options(self._settings),
                "acks": "all",
                "enable.idempotence": True,
                "partitioner": "murmur2_random",  # as Java clients place keys
                "linger.ms": LINGER_MS,
                "delivery.timeout.ms": within_ms,
                "request.timeout.ms": min(2_000, within_ms),
                "compression.type": "lz4",
                "error_cb": self._on_error,
            }
        )


def _failure(error: PersonalizationError) -> Future[None]:
    future: Future[None] = Future()
    future.set_exception(error)
    return future


def _cause(error: BufferError | KafkaException) -> KafkaError:
    if isinstance(error, BufferError):
        return KafkaError(KafkaError._QUEUE_FULL, "more events wait for the brokers than fit")
    found: KafkaError = error.args[0]
    return found
