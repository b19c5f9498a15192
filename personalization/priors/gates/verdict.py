"""What the gates say of a night: a row for each thing measured, and all of them as one table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from personalization.domain.quality.gate import GateName


class GateOutcome(StrEnum):
    """What a gate says of a number."""

    PASSED = "passed"
    UNJUDGED = "not judged"
    WARNED = "warned"
    ACCEPTED = "accepted"
    """It would have stopped the night, and somebody has said that it is right."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A number that was measured, for the gate that looks at it."""

    gate: GateName
    place: str
    """What it was measured of: a day, a table, a file."""
    value: float | None
    """None where nothing can be said of it."""
    base: int = 0
    """On how much it was measured, by the gate's own measure."""
    note: str = ""
    """Figures behind the number, or why there is none."""
    may_stop: bool = True
    """Whether this is something new: what was promoted once with it only warns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """A row of the table, in words and numbers for a person."""

    gate: GateName
    outcome: GateOutcome
    place: str
    measured: str
    expected: str
    wrong: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class NightJudgement:
    """What all gates say of a night."""

    verdicts: tuple[GateVerdict, ...] = ()

    @property
    def stops(self) -> bool:
        return any(verdict.outcome is GateOutcome.STOPPED for verdict in self.verdicts)

    def complaints(self) -> list[GateVerdict]:
        """Return what is wrong, the worst first."""
        wrong = {GateOutcome.STOPPED: 0, GateOutcome.ACCEPTED: 1, GateOutcome.WARNED: 2}
        found = [verdict for verdict in self.verdicts if verdict.outcome in wrong]
        return sorted(found, key=lambda verdict: wrong[verdict.outcome])

    def counts(self) -> Mapping[GateOutcome, int]:
        outcomes = [verdict.outcome for verdict in self.verdicts]
        return {outcome: outcomes.count(outcome) for outcome in GateOutcome}

    def sentences(self) -> Iterator[str]:
        """Yield a line for each complaint, for a log that has no tables."""
        for verdict in self.complaints():
            yield (
                f"{verdict.outcome}: {verdict.gate} ({verdict.place}): {verdict.wrong}: "
                f"{verdict.measured} instead of {verdict.expected}. {verdict.remedy}."
            )
