"""Holds a model that was trained again against the one that it is to replace."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from personalization.ports.policy import LearningRound


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelComparison:
    """On the last rounds that both have learned; every number but the first is None without any."""

    rounds: int
    error_before: float | None = None
    """Mean square of expected less actual outcome."""
    error_after: float | None = None
    value_before: float | None = None
    """What the model's policy would have earned a position (SNIPS)."""
    value_after: float | None = None
    largest_difference: float | None = None
    """Of a probability."""

    def fault(self, allowed: float) -> str | None:
        """Say what is wrong if the error has grown by more than the allowed share."""
        if self.error_before is None or self.error_after is None:
            return None
        if self.error_after <= self.error_before * (1 + allowed):
            return None
        return (
            f"its squared error on the last {self.rounds:,} rounds is {self.error_after:.5f}, that "
            f"of the current model {self.error_before:.5f}, and {allowed:.0%} more are allowed"
        )


CompareModels = Callable[[bytes, bytes, Sequence[LearningRound]], ModelComparison]
"""Of the base model as it is, as it was trained again, and rounds; the models can be read."""
