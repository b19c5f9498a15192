"""A session's own decisions are told from the rows of its pages, however many there are."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.decisions.own_decisions import LOOKS, decision_to_explain, newest_with_own
from personalization.domain.asked import Asked
from personalization.domain.identifiers import SessionId
from personalization.ports.decision_history import DecisionRecord
from personalization.profiles.last_profile import find_last, last_profile
from tests.builders.decision_record import a_decision_record
from tests.builders.moments import NOON

SESSION = SessionId("session-1")
NOW = NOON + timedelta(hours=1)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SqliteDecisionHistory]:
    with closing(SqliteDecisionHistory(tmp_path / "decisions.sqlite", 0)) as found:
        yield found


def a_record(second: int, version: int, *, row: bool = False) -> DecisionRecord:
    record = a_decision_record(f"decision-{second}", SESSION, NOON + timedelta(seconds=second))
    decision, profile = record.decision, replace(record.profile, version=version)
    if row:
        decision = replace(decision, asked=Asked(nonce=str(second)))
    return DecisionRecord(decision, replace(profile, expiry=NOON + timedelta(days=1)))


@pytest.mark.parametrize("rows", [0, 1, 18, 19, 20, 150, LOOKS[-1] - 2])
def test_the_last_profile_is_found_behind_the_rows_of_a_page(
    history: SqliteDecisionHistory, rows: int
) -> None:
    history.append([a_record(0, 3), a_record(1, 4)])
    history.append([a_record(2 + number, 4, row=True) for number in range(rows)])

    found = last_profile(history, SESSION, NOW)

    assert found is not None
    assert (found.decision_id, found.version) == ("decision-1", 4)


def test_behind_too_many_rows_no_profile_is_known_but_the_version(
    history: SqliteDecisionHistory,
) -> None:
    history.append([a_record(0, 7)])
    history.append([a_record(1 + number, 7, row=True) for number in range(LOOKS[-1])])

    last = find_last(history, SESSION, NOW)

    assert last.profile is None
    assert last.version == 7
    assert len(newest_with_own(history, SESSION, NOW)) == LOOKS[-1]


def test_a_profile_of_events_is_found_behind_profiles_of_priors_and_rows(
    history: SqliteDecisionHistory,
) -> None:
    history.append([a_record(0, 2)])
    history.append([a_record(1 + number, 0, row=number % 2 == 0) for number in range(40)])

    found = last_profile(history, SESSION, NOW)

    assert found is not None
    assert found.version == 2


def test_a_session_of_rows_alone_has_no_profile_and_its_newest_row_was_shown(
    history: SqliteDecisionHistory,
) -> None:
    history.append([a_record(number, 0, row=True) for number in range(5)])

    shown = decision_to_explain(history, SESSION, NOW)

    assert last_profile(history, SESSION, NOW) is None
    assert shown is not None
    assert shown.decision.decision_id == "decision-4"


def test_the_own_decision_was_shown_though_rows_are_newer(history: SqliteDecisionHistory) -> None:
    history.append([a_record(0, 1), a_record(1, 1, row=True)])

    shown = decision_to_explain(history, SESSION, NOW)

    assert shown is not None
    assert shown.decision.decision_id == "decision-0"


def test_nothing_was_shown_to_a_session_without_decisions(history: SqliteDecisionHistory) -> None:
    assert decision_to_explain(history, SESSION, NOW) is None
    assert find_last(history, SESSION, NOW).version == 0
