"""A broker of the test's own is killed; what was open before goes on by itself."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from personalization.adapters.kafka.event_log import KafkaEventLog
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import EventConsumer, Message
from personalization.ports.topics import USER_INTERACTIONS
from personalization.settings.kafka import KafkaSettings
from stack.server import Server
from tests.real_stack import had
from tests.waiting import eventually


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a running broker that the test may kill."""
    stack = had(tmp_path_factory.mktemp("stack"), "kafka")
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
            eventually(
                lambda: (
                    len(found) == 60
                    or found.extend(one.key for one in consumer.poll(100, 0.5)) is not None
                )
            )
            assert len(found) == 60
            assert consumer.read_up_to_ms() > 0
