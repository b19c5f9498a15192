"""Topics of the log, each with what it carries, and the groups that read them."""

USER_INTERACTIONS = "user_interactions"
"""Valid-looking events as JSON, keyed by session id."""
DEAD_LETTER = "user_interactions.dead_letter"
"""What could not be processed, keyed by session id, with headers `reason` and `source`.

What the scorer set aside also says its `partition` and `offset` in the topic it came from. An
empty message with the header `replayed-of` (partition:offset) says that one has been replayed.
"""

DELAYED_DECISIONS = "delayed_decisions"
"""Decisions that the history could not take when they were made, keyed by session id."""

SCORER_GROUP = "scorer"
"""Turns events into profiles."""
HISTORY_GROUP = "history"
"""Keeps every event, and the delayed decisions."""
LEARNER_GROUP = "learner"
"""Joins outcomes to decisions and learns."""
DEFAULT_PARTITIONS = 8
"""Enough for a handful of workers; the number cannot change without moving keys."""
