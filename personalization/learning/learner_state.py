"""The state of a snapshot: how far the learner is in the log, and what still waits."""

from collections.abc import Callable, Mapping

import msgspec

from personalization.domain.errors import DamagedSnapshotError
from personalization.domain.identifiers import SessionId
from personalization.domain.outcome_rules import OutcomeRules
from personalization.learning.attribution import OutcomeAttribution
from personalization.learning.impressions import Impression
from personalization.learning.training import Training
from personalization.ports.model_store import STATE_PART


class OffsetEntry(msgspec.Struct, frozen=True):
    """The next offset of one partition, and the moment of the record before it."""

    topic: str
    partition: int
    offset: int
    at_ms: int = 0


class LearnerState(msgspec.Struct):
    """What the checkpoint holds beside the model."""

    offsets: list[OffsetEntry]
    open: dict[str, Impression]
    closed: dict[str, int]
    log_time_ms: int
    rounds: int
    corrections: int = 0
    settled: dict[str, Impression] = msgspec.field(default_factory=dict)
    carts: dict[str, str] = msgspec.field(default_factory=dict)
    training: Training | None = None
    """None before rounds were kept."""

    def book(self, rules: OutcomeRules) -> OutcomeAttribution:
        """Return the open and closed positions to go on from."""
        positions = self.open, self.settled, self.closed
        return OutcomeAttribution(rules, *positions, self.carts, self.log_time_ms)

    @property
    def own_training(self) -> Training:
        """The training, also of a snapshot from before rounds were kept."""
        if self.training is not None:
            return self.training
        return Training.of_former_release(self.rounds + self.corrections)

    def without(self, is_erased: Callable[[SessionId], bool]) -> "LearnerState":
        """Return the state without what waits of some sessions, with a copy of the rest."""
        open_, settled = (
            {key: seen for key, seen in of.items() if not is_erased(seen.session_id)}
            for of in (self.open, self.settled)
        )
        known = open_.keys() | settled.keys()
        carts = {cart: seen for cart, seen in self.carts.items() if seen in known}
        return msgspec.structs.replace(self, open=open_, settled=settled, carts=carts)


def read_state(version: str, parts: Mapping[str, bytes]) -> LearnerState:
    """Raise `DamagedSnapshotError` for a snapshot without a readable state."""
    try:
        return msgspec.json.decode(parts[STATE_PART], type=LearnerState)
    except (KeyError, msgspec.DecodeError) as error:
        raise DamagedSnapshotError(f"Snapshot {version} has no readable {STATE_PART}.") from error


def part_names(parts: Mapping[str, bytes]) -> frozenset[str]:
    """Return the names of the models' parts."""
    return frozenset(parts) - {STATE_PART}
