from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from personalization.domain.identifiers import DecisionId


class PositionOutcome(NamedTuple):
    """What was learned of one position of a slate."""

    place: int
    """In the decision's slate, from 0."""
    outcome: float
    """-1..1"""
    corrects: float | None = None
    """The outcome that was learned before, None the first time."""


@dataclass(frozen=True, slots=True)
class SlateOutcomes:
    """Rounds of one decision that closed at one moment, as they were learned, one after the other.

    What they were chosen from is in the decision: without it they cannot be learned again.
    """

    number: int
    """Of the first round, in the order of learning; the others follow it."""
    decision_id: DecisionId
    session: str
    """The session's keyed digest (`personalization.neighbours.erasures`)."""
    closed_at_ms: int
    """In log time."""
    outcomes: tuple[PositionOutcome, ...]

    @property
    def end(self) -> int:
        return self.number + len(self.outcomes)


class LearnedRounds(Protocol):
    """What the model was taught, in order of learning, so that it can be taught again.

    Every write has a fence, microseconds since 1970 that grow with each start of a learner: of two
    that write the same number, the one that started later holds, whoever comes last.
    """

    def append(self, slates: Sequence[SlateOutcomes], fence_us: int) -> None:
        """Store the rounds; writing them again changes nothing."""

    def discard_from(self, number: int, fence_us: int) -> None:
        """Remove what learners that started before the fence wrote from a number on."""

    def read(self, first: int, until: int) -> Iterator[Sequence[SlateOutcomes]]:
        """Yield what was learned from a number on, in order and in chunks, up to before another."""

    def count(self, sessions: Collection[str]) -> Mapping[str, int]:
        """Return how many rounds are kept of those of the sessions that have any."""

    def forget(self, sessions: Collection[str], until: int, version: int) -> int:
        """Remove the sessions' rounds before a number; return how many rounds.

        They are those up to a version of the list of erased sessions, which is kept.
        """

    def forgotten_version(self) -> int:
        """Return the highest version of the list whose sessions' rounds were removed, or 0."""

    def pruned_until(self) -> int:
        """Return the number before which rounds were removed because of their age."""

    def prune(self, before: datetime) -> int:
        """Remove what closed before a moment, oldest first; return how many rounds."""
