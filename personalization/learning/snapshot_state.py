"""What readers of a snapshot need of the learner's own state."""

from collections.abc import Mapping

import msgspec

from personalization.ports.model_store import STATE_PART


class _Progress(msgspec.Struct):
    """The one field of many that is read here."""

    rounds: int = 0


def rounds_of(parts: Mapping[str, bytes]) -> int:
    """Return how many positions a snapshot has learned from; 0 for one without a state."""
    state = parts.get(STATE_PART)
    return 0 if state is None else msgspec.json.decode(state, type=_Progress).rounds
