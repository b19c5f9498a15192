"""What a snapshot says of its training: which of the kept rounds its models are made of."""

from collections.abc import Collection

import msgspec

KEPT_STARTS = 64
"""Of learners. A training that takes longer than so many restarts begins again."""


class LearnerStart(msgspec.Struct, frozen=True):
    """A learner that took up a snapshot, and the first number that it gave."""

    began_us: int
    """Since 1970; also the fence of what it writes."""
    first: int


class Training(msgspec.Struct):
    """Every learned round, corrections too, has a number; numbers never go back.

    A rollback alone takes them back to those of its snapshot.
    """

    next: int
    """The number that the next round gets."""
    kept_from: int
    """Rounds before this number were learned before any were kept."""
    first_rounds: dict[str, int] = msgspec.field(default_factory=dict)
    """By part, the number with which its training began; 0 where a part is not named."""
    left_out: int = 0
    """Numbers that no kept round has any more, since their sessions were erased."""
    unlearned_version: int = 0
    """Of the list of erased sessions: nobody on it was left in when the models were trained."""
    starts: list[LearnerStart] = msgspec.field(default_factory=list)

    @classmethod
    def of_former_release(cls, learned: int) -> "Training":
        return cls(next=learned, kept_from=learned)

    def first_round(self, parts: Collection[str]) -> int:
        """Return the number with which the training of the oldest model began."""
        return min((self.first_rounds.get(name, 0) for name in parts), default=self.next)

    def is_whole(self, parts: Collection[str], pruned_until: int) -> bool:
        """Say whether everything that the models were taught can be kept still."""
        return self.first_round(parts) >= max(self.kept_from, pruned_until)

    def continues(self, earlier: "Training") -> bool:
        """Say whether all that the earlier training has was learned on, and nothing gone back."""
        if not earlier.starts or earlier.starts[-1] not in self.starts:
            return not earlier.starts and not self.starts and self.next >= earlier.next
        since = self.starts[self.starts.index(earlier.starts[-1]) + 1 :]
        resumed = all(start.first >= earlier.next for start in since)
        return resumed and self.next >= earlier.next and self.first_rounds == earlier.first_rounds
