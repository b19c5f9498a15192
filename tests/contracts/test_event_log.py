"""The contract of the event log: order, durability, groups."""

import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import (
    EventLog,
    Message,
    Record,
    TopicPartition,
)
from tests.contracts.other_process import (
    other_process,
    publish_some,
    publish_without_end,
    read_without_end,
)
from tests.contracts.places import Drain, LogPlace

TOPIC = "things"
EVERY = range(8)
"""All partitions: whoever asks for them reads them, without a group to divide them."""


def publish(log: EventLog, *values: str, key: str = "key") -> None:
    log.publish(TOPIC, [Message(key, value.encode()) for value in values]).result(timeout=10)


def values(records: Sequence[Record]) -> list[str]:
    return [record.value.decode() for record in records]


def following(records: Sequence[Record]) -> dict[TopicPartition, int]:
    return {record.topic_partition: record.offset + 1 for record in records}


def test_a_record_is_the_message_at_its_place(log: EventLog, drain: Drain) -> None:
    before_ms = int(time.time() * 1000)
    log.publish(TOPIC, [Message("a", b"\x00\xff", (("reason", "no ä"), ("reason", "")))]).result()
    [record] = drain(log.consumer("group", [TOPIC], EVERY))
    assert (record.key, record.value) == ("a", b"\x00\xff")
    assert record.headers == (("reason", "no ä"), ("reason", ""))
    assert record.topic_partition.topic == TOPIC
    assert record.offset == 0
    assert before_ms <= record.appended_at_ms <= int(time.time() * 1000)


def test_messages_of_a_key_keep_their_order(log: EventLog, drain: Drain) -> None:
    for number in range(200):
        publish(log, str(number), key=f"key-{number % 5}")
    records = drain(log.consumer("group", [TOPIC], EVERY), chunk=7)
    for key in {record.key for record in records}:
        of_key = [int(record.value) for record in records if record.key == key]
        assert of_key == list(range(int(key[-1]), 200, 5))
    assert len(records) == 200


def test_a_key_stays_in_its_partition_after_the_log_was_opened_again(
    log_place: LogPlace, drain: Drain
) -> None:
    for _ in range(2):
        with closing(log_place.open_event_log()) as log:
            for number in range(20):
                publish(log, "x", key=f"key-{number}")
    with closing(log_place.open_event_log()) as log:
        places = defaultdict(set)
        for record in drain(log.consumer("group", [TOPIC], EVERY)):
            places[record.key].add(record.topic_partition)
    assert all(len(found) == 1 for found in places.values())
    assert len(set().union(*places.values())) > 1


def test_offsets_of_a_partition_are_dense_from_zero(log: EventLog, drain: Drain) -> None:
    for number in range(100):
        publish(log, "x", key=f"key-{number}")
    offsets = defaultdict(list)
    for record in drain(log.consumer("group", [TOPIC], EVERY)):
        offsets[record.topic_partition].append(record.offset)
    assert all(found == list(range(len(found))) for found in offsets.values())


def test_a_poll_returns_no_more_than_asked_and_every_record_once(
    log: EventLog, log_place: LogPlace
) -> None:
    publish(log, *map(str, range(10)))
    consumer = log.consumer("group", [TOPIC], EVERY)
    polls: list[Sequence[Record]] = []
    while not polls or polls[-1]:
        polls.append(consumer.poll(max_records=4, timeout_seconds=log_place.quiet_seconds))
    assert max(map(len, polls)) == 4
    assert values([record for poll in polls for record in poll]) == list(map(str, range(10)))


def test_topics_are_apart_and_a_consumer_reads_those_it_names(log: EventLog, drain: Drain) -> None:
    publish(log, "here")
    log.publish("others", [Message("key", b"there")]).result()
    assert values(drain(log.consumer("group", ["others"], EVERY))) == ["there"]
    assert sorted(values(drain(log.consumer("both", [TOPIC, "others"], EVERY)))) == [
        "here",
        "there",
    ]


def test_a_poll_that_waits_is_woken_by_a_publish(log: EventLog) -> None:
    consumer = log.consumer("group", [TOPIC], EVERY)
    with ThreadPoolExecutor(1) as pool:
        polled = pool.submit(consumer.poll, 10, 30.0)
        publish(log, "now")
        assert values(polled.result(timeout=10)) == ["now"]


def test_a_poll_of_an_idle_log_returns_empty_after_its_timeout(log: EventLog) -> None:
    consumer = log.consumer("group", [TOPIC], EVERY)
    started = time.monotonic()
    assert list(consumer.poll(10, timeout_seconds=0.05)) == []
    assert 0.05 <= time.monotonic() - started < 5


def test_a_new_consumer_starts_at_the_committed_offsets(log_place: LogPlace, drain: Drain) -> None:
    with closing(log_place.open_event_log()) as log:
        publish(log, "0", "1", "2", "3")
        consumer = log.consumer("group", [TOPIC], EVERY)
        consumer.commit(
            following(consumer.poll(max_records=3, timeout_seconds=log_place.quiet_seconds))
        )
        consumer.poll(max_records=1, timeout_seconds=log_place.quiet_seconds)
    with closing(log_place.open_event_log()) as log:
        assert values(drain(log.consumer("group", [TOPIC], EVERY))) == ["3"]


def test_a_group_that_has_committed_nothing_reads_from_the_beginning(
    log: EventLog, drain: Drain
) -> None:
    publish(log, "0", "1")
    drain(log.consumer("group", [TOPIC], EVERY))
    assert values(drain(log.consumer("group", [TOPIC], EVERY))) == ["0", "1"]


def test_groups_know_nothing_of_each_other(log: EventLog, drain: Drain) -> None:
    publish(log, "0", "1")
    consumer = log.consumer("one", [TOPIC], EVERY)
    consumer.commit(following(drain(consumer)))
    assert values(drain(log.consumer("other", [TOPIC], EVERY))) == ["0", "1"]
    assert (consumer.lag(), log.consumer("other", [TOPIC], EVERY).lag()) == (0, 2)


def test_a_commit_never_moves_a_group_backwards(log: EventLog, drain: Drain) -> None:
    publish(log, "0", "1", "2")
    consumer = log.consumer("group", [TOPIC], EVERY)
    [place] = {record.topic_partition for record in drain(consumer)}
    consumer.commit({place: 2})
    consumer.commit({place: 1})
    assert values(drain(log.consumer("group", [TOPIC], EVERY))) == ["2"]


def test_lag_counts_what_is_not_committed(log: EventLog) -> None:
    consumer = log.consumer("group", [TOPIC], EVERY)
    assert consumer.lag() == 0
    publish(log, "0", "1", "2")
    records = consumer.poll(max_records=2, timeout_seconds=1.0)
    assert consumer.lag() == 3
    consumer.commit(following(records))
    assert consumer.lag() == 1


def test_a_seek_reads_on_from_there_whatever_is_committed(log: EventLog, drain: Drain) -> None:
    publish(log, "0", "1", "2")
    consumer = log.consumer("group", [TOPIC], EVERY)
    records = drain(consumer)
    consumer.commit(following(records))
    consumer.seek({records[0].topic_partition: 1})
    assert values(drain(consumer)) == ["1", "2"]


def test_members_with_partitions_of_their_own_share_a_topic(log: EventLog, drain: Drain) -> None:
    for number in range(100):
        publish(log, str(number), key=f"key-{number}")
    even = drain(log.consumer("group", [TOPIC], partitions=[0, 2, 4, 6]))
    odd = drain(log.consumer("group", [TOPIC], partitions=[1, 3, 5, 7]))
    nobody = drain(log.consumer("group", [TOPIC], partitions=[]))
    assert even
    assert odd
    assert nobody == []
    assert sorted(map(int, values([*even, *odd]))) == list(range(100))


def test_many_publishers_at_once_lose_nothing_and_keep_their_own_order(
    log: EventLog, drain: Drain
) -> None:
    def publish_fifty(publisher: int) -> None:
        for number in range(50):
            publish(log, str(number), key=f"publisher-{publisher}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(publish_fifty, range(16)))
    by_key = defaultdict(list)
    for record in drain(log.consumer("group", [TOPIC], EVERY)):
        by_key[record.key].append(int(record.value))
    assert by_key == {f"publisher-{number}": list(range(50)) for number in range(16)}


def test_long_partitions_do_not_starve_each_other(log: EventLog, log_place: LogPlace) -> None:
    long = [secrets.token_hex(500) for _ in range(3_000)]
    publish(log, *long, key="key-0")
    publish(log, *long, key="key-1")
    consumer = log.consumer("group", [TOPIC], EVERY)
    keys = [
        record.key
        for _ in range(250)
        for record in consumer.poll(max_records=10, timeout_seconds=log_place.quiet_seconds)
    ]
    assert set(keys) == {"key-0", "key-1"}


def test_all_is_read_up_to_a_moment_a_second_ago(log: EventLog, drain: Drain) -> None:
    publish(log, *map(str, range(100)))
    consumer = log.consumer("group", [TOPIC], EVERY)
    assert consumer.read_up_to_ms() == 0
    [*_, last] = drain(consumer)
    assert -2_000 < consumer.read_up_to_ms() - time.time() * 1000 <= -1_000
    publish(log, "unread")
    assert consumer.read_up_to_ms() <= last.appended_at_ms


def test_closing_first_writes_what_was_handed_in(log_place: LogPlace, drain: Drain) -> None:
    log = log_place.open_event_log()
    futures = [log.publish(TOPIC, [Message("key", b"x")]) for _ in range(500)]
    log.close()
    assert all(future.done() and future.exception() is None for future in futures)
    with closing(log_place.open_event_log()) as again:
        assert len(drain(again.consumer("group", [TOPIC], EVERY))) == 500


def test_a_closed_log_refuses_messages(log_place: LogPlace) -> None:
    log = log_place.open_event_log()
    log.close()
    with pytest.raises(StoreUnavailableError):
        log.publish(TOPIC, [Message("key", b"x")]).result(timeout=10)


def test_a_closed_consumer_stops_waiting(log: EventLog) -> None:
    consumer = log.consumer("group", [TOPIC], EVERY)
    with ThreadPoolExecutor(1) as pool:
        started = threading.Event()

        def wait_long() -> Sequence[Record]:
            started.set()
            return consumer.poll(10, 60.0)

        polled = pool.submit(wait_long)
        started.wait(10)
        consumer.close()
        assert list(polled.result(timeout=10)) == []


def test_every_process_puts_a_key_in_the_same_partition(
    log_place: LogPlace, log: EventLog, drain: Drain
) -> None:
    keys = [f"key-{number}" for number in range(4)]
    with other_process(publish_without_end, log_place, TOPIC) as (_, pipe):
        for number in range(4):
            assert pipe.poll(30)
            assert pipe.recv() == number
    for key in keys:
        publish(log, "x", key=key)
    places: dict[str, set[TopicPartition]] = {key: set() for key in keys}
    for record in drain(log.consumer("group", [TOPIC], EVERY)):
        places[record.key].add(record.topic_partition)
    assert [len(found) for found in places.values()] == [1] * 4


def test_another_process_reads_what_this_one_publishes(log_place: LogPlace, log: EventLog) -> None:
    with other_process(read_without_end, log_place, TOPIC) as (_, pipe):
        assert pipe.poll(30)
        assert pipe.recv() == "ready"
        for number in range(20):
            publish(log, str(number))
            assert pipe.poll(10)
            assert pipe.recv() == str(number).encode()


def test_processes_that_publish_at_once_lose_nothing(
    log_place: LogPlace, log: EventLog, drain: Drain
) -> None:
    with other_process(publish_some, log_place, TOPIC, 200) as (_, pipe):
        mine = 0
        while not pipe.poll():
            publish(log, str(mine), key="mine")
            mine += 1
        assert pipe.recv() == 200
    by_key = defaultdict(list)
    for record in drain(log.consumer("group", [TOPIC], EVERY)):
        by_key[record.key].append(int(record.value))
    assert by_key == {"mine": list(range(mine)), "other": list(range(200))}


def test_a_killed_writer_leaves_a_readable_log_with_all_it_acknowledged(
    log_place: LogPlace, drain: Drain
) -> None:
    acknowledged: list[int] = []
    with other_process(publish_without_end, log_place, TOPIC) as (process, pipe):
        while len(acknowledged) < 100:
            assert pipe.poll(30)
            acknowledged.append(pipe.recv())
        process.kill()
        process.join()
        while pipe.poll():
            try:
                acknowledged.append(pipe.recv())
            except EOFError:
                break
    with closing(log_place.open_event_log()) as log:
        found = [int(value) for value in values(drain(log.consumer("group", [TOPIC], EVERY)))]
        assert sorted(found) == list(range(len(found)))
        assert set(acknowledged) <= set(found)
        assert len(found) <= len(acknowledged) + 1
        publish(log, "written on")


def test_an_empty_batch_is_a_real_write_that_no_reader_gets_to_see(
    log: EventLog, drain: Drain
) -> None:
    publish(log, "before")
    for _ in range(3):
        log.publish(TOPIC, []).result(timeout=10)
    publish(log, "after")

    assert values(drain(log.consumer("group", [TOPIC], EVERY))) == ["before", "after"]


def test_a_closed_log_fails_an_empty_batch_too(log_place: LogPlace) -> None:
    log = log_place.open_event_log()
    log.close()
    with pytest.raises(StoreUnavailableError):
        log.publish(TOPIC, []).result(timeout=10)
