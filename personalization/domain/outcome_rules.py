from dataclasses import dataclass
from enum import StrEnum

from personalization.domain.reward import outcome_of

MILLISECONDS = 1000
"""In a second."""


class Attribution(StrEnum):
    """Which of an impression's rewards make its outcome."""

    SUM = "sum"
    """All of them, added up."""
    EARLIEST = "earliest"
    """The first that is not 0, in the order of the log."""


@dataclass(frozen=True, slots=True)
class OutcomeRules:
    window_ms: int
    """From the impression to the outcome that is learned."""
    correction_ms: int = 0
    """How long after that a late outcome still corrects what was learned; 0 for never."""
    attribution: Attribution = Attribution.SUM
    default_outcome: float = 0.0
    """Of an impression that was seen and left alone, -1..1."""

    @property
    def whole_ms(self) -> int:
        """From the impression to the moment after which nothing changes any more."""
        return self.window_ms + self.correction_ms

    def total(self, before: float, reward: float, *, takes_back: bool = False) -> float:
        """Return the whole reward after one more; what takes back never takes it below 0."""
        if self.attribution is Attribution.EARLIEST:
            # What came first stays what came first.
            return before if takes_back else before or reward
        if takes_back:
            return min(before, max(0.0, before + reward))
        return before + reward

    def with_attention(self, total: float, attention: float) -> float:
        """Return the whole reward with that of looks, which never stand before an act's."""
        if self.attribution is Attribution.EARLIEST:
            return total or attention
        return total + attention

    def outcome(self, total: float, *, engaged: bool) -> float:
        """Return the outcome, -1..1, of an impression's whole reward."""
        return outcome_of(total) if engaged else self.default_outcome
