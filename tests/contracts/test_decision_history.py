"""The contract of the decision history: any past decision can be found and is whole."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from personalization.adapters.cassandra import decision_history as cassandra_decisions
from personalization.adapters.sqlite import decision_history as sqlite_decisions
from personalization.domain.decision import Exposure
from personalization.domain.identifiers import DecisionId, SessionId, UserId, decision_id_of
from personalization.domain.shown_decision import ShownDecision
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from tests.builders.decision_record import a_decision_record
from tests.builders.moments import NOON

SESSION = SessionId("session-1")


def test_a_decision_comes_back_whole(decision_history: DecisionHistory) -> None:
    record = a_decision_record()
    decision_history.append([record])
    assert decision_history.read_many([DecisionId("decision-1")]) == {"decision-1": record}


def test_what_a_decision_has_shown_is_read_alone(decision_history: DecisionHistory) -> None:
    record = a_decision_record()
    decision = replace(
        record.decision, exposures=(Exposure(experiment="experiment-1", arm="control"),)
    )
    known = replace(record.profile, user_id=UserId("ann"))
    others = [a_decision_record(f"decision-{number}") for number in (2, 3)]
    decision_history.append([DecisionRecord(decision, known), *others])

    found = decision_history.read_slates(
        [other_decision.decision_id for other_decision in (decision, others[0].decision)]
    )

    assert found == {
        "decision-1": ShownDecision.of(decision, UserId("ann")),
        "decision-2": ShownDecision.of(others[0].decision, others[0].profile.user_id),
    }
    assert found[decision.decision_id].strengths == {"shirt-2": ((0, 1.0),)}


def test_decisions_are_read_without_their_profiles(decision_history: DecisionHistory) -> None:
    records = [a_decision_record(f"decision-{number}") for number in (1, 2, 3)]
    decision_history.append(records)
    wanted = [record.decision for record in records[:2]]

    found = decision_history.read_decisions([decision.decision_id for decision in wanted])

    assert found == {decision.decision_id: decision for decision in wanted}


def test_an_unknown_decision_is_absent(decision_history: DecisionHistory) -> None:
    decision_history.append([a_decision_record()])
    assert decision_history.read_slates([DecisionId("nothing")]) == {}
    assert decision_history.read_decisions([DecisionId("nothing")]) == {}
    assert decision_history.read_many([DecisionId("nothing")]) == {}
    assert decision_history.read_many([]) == {}


def test_the_same_decision_appended_again_is_there_once(
    decision_history: DecisionHistory,
) -> None:
    record = a_decision_record()
    decision_history.append([record, record])
    decision_history.append([record])
    assert decision_history.read_many([record.decision.decision_id]) == {"decision-1": record}
    assert list(decision_history.list_session(SESSION, NOON, limit=9)) == [record]


def test_a_session_is_listed_newest_first_up_to_a_moment_and_a_limit(
    decision_history: DecisionHistory,
) -> None:
    records = [
        a_decision_record(f"decision-{n}", decided_at=NOON + timedelta(microseconds=n))
        for n in range(5)
    ]
    decision_history.append(records)
    decision_history.append([a_decision_record("elsewhere", session_id="session-2")])
    until = NOON + timedelta(microseconds=3)
    assert list(decision_history.list_session(SESSION, until, limit=9)) == records[3::-1]
    assert list(decision_history.list_session(SESSION, until, limit=2)) == records[3:1:-1]


def test_before_its_first_decision_a_session_has_none(decision_history: DecisionHistory) -> None:
    decision_history.append([a_decision_record()])
    before = NOON - timedelta(microseconds=1)
    assert list(decision_history.list_session(SESSION, before, limit=9)) == []
    assert list(decision_history.list_session(SessionId("nobody"), NOON, limit=9)) == []


def test_a_session_is_there_once_it_has_a_decision(decision_history: DecisionHistory) -> None:
    assert not decision_history.has_session(SESSION)
    decision_history.append([a_decision_record()])
    assert decision_history.has_session(SESSION)
    assert not decision_history.has_session(SessionId("nobody"))


def test_a_decision_is_given_to_its_own_session_only(decision_history: DecisionHistory) -> None:
    record = a_decision_record()
    decision_history.append([record])
    mine, nothing = record.decision.decision_id, DecisionId("nothing")
    assert decision_history.read_of_session(SESSION, mine) == record
    assert decision_history.read_of_session(SessionId("session-2"), mine) is None
    assert decision_history.read_of_session(SESSION, nothing) is None


def test_what_was_decided_on_a_day_is_read_in_chunks_by_time(
    decision_history: DecisionHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sqlite_decisions, cassandra_decisions):
        monkeypatch.setattr(module, "DECISIONS_PER_CHUNK", 2)
    midnight = datetime.combine(NOON.date(), time(), UTC)
    moments = [midnight + timedelta(hours=hours) for hours in (-1, 0, 1, 1, 7, 23, 24)]
    records = [
        a_decision_record(decision_id_of(moment, str(number)), f"session-{number}", moment)
        for number, moment in enumerate(moments)
    ]
    decision_history.append(records[::-1])

    chunks = list(decision_history.read_day(NOON.date()))

    wanted = sorted(records[1:6], key=lambda record: record.decision.decision_id)
    assert [record for chunk in chunks for record in chunk] == wanted
    assert max(map(len, chunks)) == 2
    assert list(decision_history.read_day(NOON.date() + timedelta(days=9))) == []
