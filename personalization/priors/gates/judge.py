"""Says of each number whether a night may go on with it."""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from personalization.domain.quality.gate import Bound, Gate, GateName, GateUnit
from personalization.priors.gates.verdict import GateOutcome, GateVerdict, NightJudgement, Reading


def judge(
    gates: Sequence[Gate],
    readings: Iterable[Reading],
    accepted: Collection[GateName] = (),
) -> NightJudgement:
    """Return a verdict for each reading, in the order of the gates.

    A gate that nothing was measured for has no row. What somebody `accepted` does not stop.
    """
    by_gate: dict[GateName, list[Reading]] = defaultdict(list)
    for reading in readings:
        by_gate[reading.gate].append(reading)
    return NightJudgement(
        tuple(
            _verdict(gate, reading, accepted=gate.name in accepted)
            for gate in gates
            for reading in by_gate[gate.name]
        )
    )


def _verdict(gate: Gate, reading: Reading, *, accepted: bool) -> GateVerdict:
    outcome = _outcome(gate, reading)
    if outcome is GateOutcome.STOPPED and accepted:
        outcome = GateOutcome.ACCEPTED
    bad = outcome in {GateOutcome.STOPPED, GateOutcome.ACCEPTED, GateOutcome.WARNED}
    return GateVerdict(
        gate=gate.name,
        outcome=outcome,
        place=reading.place,
        measured=_number_of(gate, reading),
        expected=_limit_of(gate, outcome),
        wrong=gate.wrong if bad else "",
        remedy=gate.remedy if bad else "",
    )


def _outcome(gate: Gate, reading: Reading) -> GateOutcome:
    if reading.value is None or reading.base < gate.fewest:
        return GateOutcome.UNJUDGED
    if _is_beyond(reading.value, gate.stop, gate.bound):
        return GateOutcome.STOPPED if reading.may_stop else GateOutcome.WARNED
    if _is_beyond(reading.value, gate.warn, gate.bound):
        return GateOutcome.WARNED
    return GateOutcome.PASSED


def _is_beyond(value: float, limit: float | None, bound: Bound) -> bool:
    if limit is None:
        return False
    if math.isnan(value):
        return True
    return value > limit if bound is Bound.MOST else value < limit


_WRITTEN: Mapping[GateUnit, Callable[[float], str]] = {
    GateUnit.SHARE: lambda value: f"{value:.1%}",
    GateUnit.TIMES: lambda value: f"{value:.2f} times",
    GateUnit.DAYS: lambda value: f"{value:.0f} day{'' if value == 1 else 's'}",
    GateUnit.FAULTS: lambda value: "none" if value == 0 else f"{value:.0f}",
    GateUnit.INDEX: lambda value: f"{value:.2f}",
}


def _number_of(gate: Gate, reading: Reading) -> str:
    if reading.value is None:
        return reading.note
    number = _WRITTEN[gate.unit](reading.value)
    if reading.base < gate.fewest:
        few = f"only {reading.base:,} {gate.counted}, {gate.fewest:,} are needed"
        return f"{number}: {few}"
    return f"{number}: {reading.note}" if reading.note else number


def _limit_of(gate: Gate, outcome: GateOutcome) -> str:
    """Return the limit that the number is beyond, or the one that would stop the night."""
    is_warning = outcome is GateOutcome.WARNED and gate.warn is not None
    limit = gate.warn if is_warning or gate.stop is None else gate.stop
    if limit is None:
        return "anything"
    written = _WRITTEN[gate.unit](limit)
    if gate.unit is GateUnit.FAULTS and limit == 0:
        return written
    return f"{gate.bound} {written}"
