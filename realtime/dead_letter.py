from collections import deque

from personalization.domain.errors import PersonalizationError
from personalization.ports.event_log import EventPublisher, Record
from personalization.ports.topics import DEAD_LETTER
from personalization.telemetry.metrics import DEAD_LETTERS
from personalization.tracking.dead_letters import letter_message

WINDOW = 1_000
LIMIT_SHARE = 0.5
AT_LEAST = 400
"""Records before the share says anything; also after a restart, so that a supervisor that starts
the service again and again sets a few hundred aside each time, not thousands."""
_PUBLISH_SECONDS = 10.0


class DeadLetterLimitError(PersonalizationError):
    """Most records are invalid: a broken release is to blame, not the shoppers.

    The service stops so that nothing more is set aside; the log keeps it all.
    """


class DeadLetterWriter:
    """Publishes invalid records with the reason, until too many of the latest were invalid."""

    def __init__(self, publisher: EventPublisher) -> None:
        self._publisher = publisher
        self._lately: deque[bool] = deque(maxlen=WINDOW)

    def count_valid(self) -> None:
        self._lately.append(False)

    def put(self, record: Record, reason: str) -> None:
        """Set a record aside; raises `DeadLetterLimitError` if most of the latest were invalid."""
        self._lately.append(True)
        enough = len(self._lately) >= AT_LEAST
        if enough and sum(self._lately) > len(self._lately) * LIMIT_SHARE:
            raise DeadLetterLimitError
        place = (
            ("partition", str(record.topic_partition.partition)),
            ("offset", str(record.offset)),
        )
        message = letter_message(record.key, record.value, reason, "scorer", place)
        self._publisher.publish(DEAD_LETTER, [message]).result(_PUBLISH_SECONDS)
        DEAD_LETTERS.labels("scorer").inc()
