"""What the embedded log costs above the bare disk: durable publishes, and publish to poll.

The floor is one INSERT and COMMIT a message in the same file format with the same settings
(write-ahead log, full synchronisation), in the same folder and the same run; rounds alternate,
so that a slow moment of the machine hits both. Prints a table. Run it as
`python -m benchmarks.embedded_log`.
"""

import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.ports.event_log import Message

BODY = b"x" * 300
"""About an event as JSON."""
ROUNDS = 5
SINGLES = 400
THREADS = 16
PER_THREAD = 100
BATCHES = 40
BATCH = 100
DELIVERIES = 300
PAUSE_SECONDS = 0.005
"""Between two deliveries, as at 200 events a second."""
TOPIC = "measured"


def quantile(latencies_ms: list[float], share: float) -> float:
    """Return the latency below which a share of all lie."""
    return sorted(latencies_ms)[min(int(len(latencies_ms) * share), len(latencies_ms) - 1)]


def timed_ms(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1e3


def bare_inserts(connection: sqlite3.Connection) -> list[float]:
    """Return the latencies of single committed inserts: the floor."""
    insert = "INSERT INTO bare (key, value) VALUES ('key', ?)"
    return [timed_ms(lambda: connection.execute(insert, (BODY,))) for _ in range(SINGLES)]


def single_publishes(log: SqliteEventLog) -> list[float]:
    def publish() -> None:
        log.publish(TOPIC, [Message("key", BODY)]).result()

    return [timed_ms(publish) for _ in range(SINGLES)]


def concurrent_rate(log: SqliteEventLog) -> float:
    """Return messages per second of threads that each wait for every message of theirs."""

    def publish_all(thread: int) -> None:
        for number in range(PER_THREAD):
            log.publish(TOPIC, [Message(f"{thread}-{number}", BODY)]).result()

    with ThreadPoolExecutor(THREADS) as pool:
        took_ms = timed_ms(lambda: list(pool.map(publish_all, range(THREADS))))
    return THREADS * PER_THREAD / took_ms * 1e3


def batch_rate(log: SqliteEventLog) -> float:
    """Return messages per second of one caller that waits for every batch."""
    messages = [Message(f"key-{number}", BODY) for number in range(BATCH)]

    def publish_all() -> None:
        for _ in range(BATCHES):
            log.publish(TOPIC, messages).result()

    return BATCHES * BATCH / timed_ms(publish_all) * 1e3


def deliveries(writer: SqliteEventLog, reader: SqliteEventLog) -> list[float]:
    """Return the milliseconds from a publish call to the record in a waiting reader's hands."""
    consumer = reader.consumer("reader", ["delivered"])
    sent_at: dict[bytes, float] = {}
    latencies: list[float] = []

    def read() -> None:
        while len(latencies) < DELIVERIES:
            records = consumer.poll(100, timeout_seconds=1.0)
            now = time.perf_counter()
            latencies.extend((now - sent_at[record.value]) * 1e3 for record in records)
            consumer.commit({record.topic_partition: record.offset + 1 for record in records})

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(DELIVERIES):
        body = f"{time.time_ns()}-{number}".encode()
        sent_at[body] = time.perf_counter()
        writer.publish("delivered", [Message(str(number), body)]).result()
        time.sleep(PAUSE_SECONDS)
    thread.join()
    consumer.close()
    return latencies


def report(name: str, latencies_ms: list[float], floor_ms: float) -> None:
    p50, p99 = quantile(latencies_ms, 0.5), quantile(latencies_ms, 0.99)
    print(f"{name:42} p50 {p50:7.3f} ms  p99 {p99:7.3f} ms  {p50 / floor_ms:5.2f} x floor")


def main() -> None:
    floors: list[float] = []
    singles: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "bare.sqlite", isolation_level=None)) as bare,
        closing(SqliteEventLog(Path(folder) / "log.sqlite")) as log,
        closing(SqliteEventLog(Path(folder) / "log.sqlite")) as elsewhere,
    ):
        bare.execute("PRAGMA journal_mode = WAL")
        bare.execute("PRAGMA synchronous = FULL")
        bare.execute("CREATE TABLE bare (place INTEGER PRIMARY KEY, key TEXT, value BLOB)")
        for _ in range(ROUNDS):
            floors += bare_inserts(bare)
            singles += single_publishes(log)
        concurrent = statistics.median(concurrent_rate(log) for _ in range(ROUNDS))
        batches = statistics.median(batch_rate(log) for _ in range(ROUNDS))
        woken = deliveries(log, log)
        polled = deliveries(log, elsewhere)
    floor = quantile(floors, 0.5)
    report("bare insert and commit (the floor)", floors, floor)
    report("publish, one at a time", singles, floor)
    report("publish to poll, same log object", woken, floor)
    report("publish to poll, as from another process", polled, floor)
    rate = 1e3 / statistics.fmean(floors)
    print(f"{'bare inserts, one at a time':42} {rate:9.0f} messages/s")
    for name, found in (
        (f"{THREADS} threads of single messages", concurrent),
        (f"batches of {BATCH}, one caller", batches),
    ):
        print(f"{name:42} {found:9.0f} messages/s  {found / rate:5.2f} x floor")


if __name__ == "__main__":
    main()
