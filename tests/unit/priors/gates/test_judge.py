"""What a gate says of a number, and what a shop can set of it."""

import pytest
from pydantic import ValidationError

from personalization.domain.quality.gate import Bound, Gate, GateName, Unit
from personalization.priors.gates.gate_list import GATES, gates_of
from personalization.priors.gates.judge import judge
from personalization.priors.gates.verdict import Outcome, Reading
from personalization.settings.nightly import GateChange, NightlySettings


def _reading(value: float | None, base: int = 1_000, *, may_stop: bool = True) -> Reading:
    return Reading(
        gate=GateName.NULLS, place="today", value=value, base=base, note="x", may_stop=may_stop
    )


def _outcome(reading: Reading, *accepted: GateName, **change: object) -> Outcome:
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
        (0.0, Outcome.PASSED),
        (0.01, Outcome.PASSED),
        (0.02, Outcome.WARNED),
        (0.1, Outcome.WARNED),
        (0.11, Outcome.STOPPED),
        (float("nan"), Outcome.STOPPED),
        (None, Outcome.UNJUDGED),
    ],
)
def test_a_limit_itself_is_still_right(value: float | None, outcome: Outcome) -> None:
    assert _outcome(_reading(value)) is outcome


def test_too_few_say_nothing() -> None:
    assert _outcome(_reading(1.0, base=99)) is Outcome.UNJUDGED
    assert _outcome(_reading(1.0, base=99), fewest=99) is Outcome.STOPPED


def test_what_is_accepted_or_was_promoted_before_does_not_stop() -> None:
    assert _outcome(_reading(1.0), GateName.NULLS) is Outcome.ACCEPTED
    assert _outcome(_reading(1.0), GateName.VOLUME) is Outcome.STOPPED
    assert _outcome(_reading(1.0, may_stop=False)) is Outcome.WARNED


def test_a_shop_sets_limits_of_its_own() -> None:
    assert _outcome(_reading(0.3), stop=0.5) is Outcome.WARNED
    assert _outcome(_reading(0.3), stop=0.5, warn=0.4) is Outcome.PASSED
    assert _outcome(_reading(1.0), severity="warn") is Outcome.WARNED


def test_a_gate_that_only_stops_warns_at_its_limit_where_it_is_set_to_warn() -> None:
    [gate] = [
        gate
        for gate in gates_of({GateName.COLUMNS: GateChange(severity="warn")})
        if gate.name is GateName.COLUMNS
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


def test_the_complaints_are_shown_worst_first_with_a_sentence_each() -> None:
    gate = Gate(
        name=GateName.NULLS, unit=Unit.SHARE, warn=0.1, stop=0.5, wrong="Bad", remedy="Mend it"
    )
    readings = [_reading(value) for value in (0.0, 0.2, 0.9)]
    judgement = judge([gate], readings)
    assert judgement.stops
    assert [verdict.outcome for verdict in judgement.complaints()] == [
        Outcome.STOPPED,
        Outcome.WARNED,
    ]
    assert next(judgement.sentences()) == (
        "stopped: nulls (today): Bad: 90.0%: x instead of at most 50.0%. Mend it."
    )
    assert judgement.counts()[Outcome.PASSED] == 1
