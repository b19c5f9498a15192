"""What a gate says of a number, and what a shop can set of it."""

import pytest
from pydantic import ValidationError

from personalization.domain.quality.gate import Bound, Gate, GateName, GateUnit
from personalization.priors.gates.gate_list import GATES, gates_of
from personalization.priors.gates.judge import judge
from personalization.priors.gates.verdict import GateOutcome, Reading
from personalization.settings.nightly import GateChange, NightlySettings


def _reading(value: float | None, base: int = 1_000, *, may_stop: bool = True) -> Reading:
    return Reading(
        gate=GateName.NULLS, place="today", value=value, base=base, note="x", may_stop=may_stop
    )


def _outcome(reading: Reading, *accepted: GateName, **change: object) -> GateOutcome:
    changes = {GateName.NULLS: GateChange.model_validate(change)} if change else {}
    [verdict] = judge(gates_of(changes), [reading], accepted).verdicts
    return verdict.outcome


def test_every_gate_is_declared_once_and_says_what_is_wrong_and_what_to_do() -> None:
    assert [gate.name for gate in GATES] == list(dict.fromkeys(gate.name for gate in GATES))
    assert {gate.name for gate in GATES} == set(GateName)
    assert all(gate.wrong and gate.remedy for gate in GATES)


def test_warnings_come_before_stops() -> None:
    for gate in GATES:
        if gate.warn is not None and gate.stop is not None:
            higher = gate.stop > gate.warn
            assert higher is (gate.bound is Bound.MOST), gate.name


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        (0.0, GateOutcome.PASSED),
        (0.01, GateOutcome.PASSED),
        (0.02, GateOutcome.WARNED),
        (0.1, GateOutcome.WARNED),
        (0.11, GateOutcome.STOPPED),
        (float("nan"), GateOutcome.STOPPED),
        (None, GateOutcome.UNJUDGED),
    ],
)
def test_a_limit_itself_is_still_right(value: float | None, outcome: GateOutcome) -> None:
    assert _outcome(_reading(value)) is outcome


def test_too_few_say_nothing() -> None:
    assert _outcome(_reading(1.0, base=99)) is GateOutcome.UNJUDGED
    assert _outcome(_reading(1.0, base=99), fewest=99) is GateOutcome.STOPPED


def test_what_is_accepted_or_was_promoted_before_does_not_stop() -> None:
    assert _outcome(_reading(1.0), GateName.NULLS) is GateOutcome.ACCEPTED
    assert _outcome(_reading(1.0), GateName.VOLUME) is GateOutcome.STOPPED
    assert _outcome(_reading(1.0, may_stop=False)) is GateOutcome.WARNED


def test_a_shop_sets_limits_of_its_own() -> None:
    assert _outcome(_reading(0.3), stop=0.5) is GateOutcome.WARNED
    assert _outcome(_reading(0.3), stop=0.5, warn=0.4) is GateOutcome.PASSED
    assert _outcome(_reading(1.0), severity="warn") is GateOutcome.WARNED


def test_a_gate_that_only_stops_warns_at_its_limit_where_it_is_set_to_warn() -> None:
    [gate] = [
        gate
        for gate in gates_of({GateName.SIZE: GateChange(severity="warn")})
        if gate.name is GateName.SIZE
    ]
    assert (gate.warn, gate.stop) == (0, None)


def test_a_gate_that_is_off_is_not_there() -> None:
    gates = gates_of({GateName.NULLS: GateChange(severity="off")})
    assert GateName.NULLS not in {gate.name for gate in gates}


def test_a_gate_that_is_off_has_no_verdict() -> None:
    gates = gates_of({GateName.NULLS: GateChange(severity="off")})
    assert judge(gates, [_reading(1.0)]).verdicts == ()


def test_the_settings_are_read_from_json_and_refuse_a_gate_that_there_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FITTING_ROOM_NIGHTLY_GATES", '{"volume": {"stop": 0.4}}')
    read = NightlySettings()
    assert read.gates == {GateName.VOLUME: GateChange(stop=0.4)}
    # As the environment of Airflow gets it.
    assert NightlySettings.model_validate(read.model_dump(mode="json")) == read
    monkeypatch.setenv("FITTING_ROOM_NIGHTLY_GATES", '{"volum": {"stop": 0.4}}')
    with pytest.raises(ValidationError, match="volum"):
        NightlySettings()
    monkeypatch.setenv("FITTING_ROOM_NIGHTLY_GATES", '{"lists": {"severity": "off"}}')
    with pytest.raises(ValidationError, match="cannot be set: lists"):
        NightlySettings()


def test_the_complaints_are_shown_worst_first_with_a_sentence_each() -> None:
    gate = Gate(
        name=GateName.NULLS, unit=GateUnit.SHARE, warn=0.1, stop=0.5, wrong="Bad", remedy="Mend it"
    )
    readings = [_reading(value) for value in (0.0, 0.2, 0.9)]
    judgement = judge([gate], readings)
    assert judgement.stops
    assert [verdict.outcome for verdict in judgement.complaints()] == [
        GateOutcome.STOPPED,
        GateOutcome.WARNED,
    ]
    assert next(judgement.sentences()) == (
        "stopped: nulls (today): Bad: 90.0%: x instead of at most 50.0%. Mend it."
    )
    assert judgement.counts()[GateOutcome.PASSED] == 1
