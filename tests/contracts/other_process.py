"""What suites run in a second process; `spawn` gives it nothing of the test's memory."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from personalization.domain.identifiers import SessionId
from personalization.ports.event_log import Message
from personalization.ports.notifier import ProfileChanged
from tests.contracts.places import LogPlace, RedisPlace

_SPAWN = multiprocessing.get_context("spawn")


@contextmanager
def other_process(
    target: Callable[..., None], *arguments: object
) -> Iterator[tuple[SpawnProcess, Connection]]:
    """Run a function that gets its end of a pipe and the arguments; kill it at the end."""
    here, there = _SPAWN.Pipe()
    process = _SPAWN.Process(target=target, args=(there, *arguments), daemon=True)
    process.start()
    there.close()
    try:
        yield process, here
    finally:
        process.kill()
        process.join()
        process.close()
        here.close()


def publish_without_end(pipe: Connection, place: LogPlace, topic: str) -> None:
    """Publish 0, 1, 2, ... under four keys, and tell each number once it is acknowledged."""
    log = place.open_event_log()
    for number in count():
        message = Message(f"key-{number % 4}", str(number).encode())
        log.publish(topic, [message]).result()
        pipe.send(number)


def publish_some(pipe: Connection, place: LogPlace, topic: str, amount: int) -> None:
    """Publish 0 to the amount under one key, then tell the amount."""
    log = place.open_event_log()
    for number in range(amount):
        log.publish(topic, [Message("other", str(number).encode())]).result()
    log.close()
    pipe.send(amount)


def read_without_end(pipe: Connection, place: LogPlace, topic: str) -> None:
    """Tell the value of every record."""
    consumer = place.open_event_log().consumer("elsewhere", [topic])
    pipe.send("ready")
    while True:
        for record in consumer.poll(max_records=100, timeout_seconds=1.0):
            pipe.send(record.value)


def notify_once(pipe: Connection, place: RedisPlace, session_id: str, version: int) -> None:
    notifier = place.open_notifier()
    notifier.publish([ProfileChanged(SessionId(session_id), version)])
    pipe.send("done")
