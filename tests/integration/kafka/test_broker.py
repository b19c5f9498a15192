"""What a real broker does to its readers: it is killed, and it forgets."""

from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient

from personalization.adapters.kafka.event_log import KafkaEventLog
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import EventConsumer, Message
from personalization.ports.topics import USER_INTERACTIONS
from personalization.settings.kafka import KafkaSettings
from stack.server import Server
from tests.real_stack import stack_or_skip
from tests.waiting import eventually


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a running broker that the test may kill."""
    stack = stack_or_skip(tmp_path_factory.mktemp("stack"), "kafka")
    stack.up()
    yield stack.servers["kafka"]
    stack.down()


def messages(count: int) -> list[Message]:
    return [Message(f"key-{number}", b"x") for number in range(count)]


def lag_of(consumer: EventConsumer) -> int | None:
    try:
        return consumer.lag()
    except StoreUnavailableError:
        return None


def test_a_killed_broker_is_found_again_with_all_that_it_acknowledged(broker: Server) -> None:
    with closing(KafkaEventLog(KafkaSettings(servers=broker.address))) as log:
        partitions = range(log.partition_count(USER_INTERACTIONS))
        with closing(log.consumer("group", [USER_INTERACTIONS], partitions)) as consumer:
            log.publish(USER_INTERACTIONS, messages(50)).result(20)
            assert lag_of(consumer) == 50

            broker.kill()
            assert lag_of(consumer) is None
            broker.start()

            # Within seconds, not at the driver's next look for leaders minutes later.
            eventually(lambda: lag_of(consumer) == 50)
            log.publish(USER_INTERACTIONS, messages(10)).result(20)
            found: list[str] = []

            def read_on() -> bool:
                if len(found) < 60:
                    found.extend(record.key for record in consumer.poll(100, 0.5))
                return len(found) == 60

            eventually(read_on)
            assert len(found) == 60
            assert consumer.read_up_to_ms() > 0


def test_a_reader_is_not_held_up_by_records_that_the_log_has_forgotten(kafka_servers: str) -> None:
    settings = KafkaSettings(servers=kafka_servers, topic_prefix=f"{uuid4().hex}.", partitions=2)
    topic = f"{settings.topic_prefix}{USER_INTERACTIONS}"
    with closing(KafkaEventLog(settings)) as log:
        log.publish(USER_INTERACTIONS, messages(20)).result(20)
        with closing(log.consumer("learner", [USER_INTERACTIONS], range(2))) as consumer:
            assert consumer.read_up_to_ms() == 0
            admin = AdminClient({"bootstrap.servers": kafka_servers})
            to_the_end = [Place(topic, number, -1) for number in range(2)]
            for done in admin.delete_records(to_the_end).values():
                done.result(10)
            assert consumer.read_up_to_ms() > 0
