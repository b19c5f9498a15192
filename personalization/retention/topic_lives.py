"""How long the embedded log keeps each topic."""

from collections.abc import Mapping

from personalization.ports.retention import TopicLife
from personalization.ports.topics import (
    DEAD_LETTER,
    DELAYED_DECISIONS,
    HISTORY_GROUP,
    LEARNER_GROUP,
    SCORER_GROUP,
    USER_INTERACTIONS,
)
from personalization.settings.retention import RetentionSettings


def topic_lives(retention: RetentionSettings) -> Mapping[str, TopicLife]:
    hours, unread_hours = retention.log_hours, retention.unread_log_hours
    everyone = (SCORER_GROUP, HISTORY_GROUP, LEARNER_GROUP)
    return {
        USER_INTERACTIONS: TopicLife(hours, everyone, unread_hours),
        DELAYED_DECISIONS: TopicLife(hours, (HISTORY_GROUP,), unread_hours),
        DEAD_LETTER: letters_life(retention),
    }


def letters_life(retention: RetentionSettings) -> TopicLife:
    return TopicLife(retention.dead_letter_hours, most_bytes=retention.dead_letter_mib * 2**20)
