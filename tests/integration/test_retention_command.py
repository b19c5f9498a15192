"""The command removes what is too old from every store, on either stack."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from nightly.retention import prune_now
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.erasure.open_worker import ledger_of
from personalization.ports.learned_rounds import PositionOutcome, SlateOutcomes
from personalization.wiring import CoreSettings, open_kept
from tests.builders.decision_record import a_decision_record
from tests.integration.command_line import run_over


def test_the_command_prunes_or_says_who_does(either_stack: CoreSettings) -> None:
    with open_kept(either_stack) as kept:
        long_ago = datetime.now(UTC) - timedelta(days=5_000)
        kept.decisions.append([a_decision_record("old", decided_at=long_ago)])
        outcomes = (PositionOutcome(0, 1.0), PositionOutcome(1, 0.0))
        closed_at_ms = int(long_ago.timestamp() * 1000)
        learned = SlateOutcomes(0, DecisionId("old"), "a" * 16, closed_at_ms, outcomes)
        kept.rounds.append([learned], closed_at_ms * 1000)
    logs = either_stack.storage.airflow / "logs" / "dag_id=nightly"
    logs.mkdir(parents=True)
    for name in ("old.log", "new.log"):
        (logs / name).write_text("line")
    os.utime(logs / "old.log", (0, 0))
    ledger, now = ledger_of(either_stack.storage), datetime.now(UTC)
    ledger.add([SessionId("of long ago")], now - timedelta(days=500))
    ledger.add([SessionId("of lately")], now - timedelta(days=399))

    printed = run_over(either_stack, "retention")

    rows = {line.split("│")[1].strip(): line for line in printed.splitlines() if "│" in line}
    assert "400 days" in rows["events"]
    assert "180 days" in rows["decisions"]
    assert "180 days" in rows["learned rounds"]
    assert rows["learned rounds"].split("│")[3].strip() == "2"
    with open_kept(either_stack) as kept:
        assert kept.rounds.pruned_until() == 2
    assert [file.name for file in logs.iterdir()] == ["new.log"]
    # As long as claims, which outlive events and decisions, and a week.
    assert "414 days" in rows["ledger of erasures"]
    assert rows["ledger of erasures"].split("│")[3].strip() == "1"
    erased = ledger.erased_since(long_ago, [SessionId("of long ago"), SessionId("of lately")])
    assert erased == [SessionId("of lately")]
    if either_stack.cassandra.contact_points is None:
        assert rows["decisions"].split("│")[3].strip() == "1"
        with open_kept(either_stack) as kept:
            assert kept.decisions.read_decisions([DecisionId("old")]) == {}
    else:
        assert "by the service itself" in rows["decisions"]


def test_the_dag_prunes_the_home_of_the_environment(
    either_stack: CoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_HOME", str(either_stack.storage.home))
    if (servers := either_stack.kafka.servers) is not None:
        monkeypatch.setenv("FITTING_ROOM_KAFKA_SERVERS", servers)
        monkeypatch.setenv("FITTING_ROOM_KAFKA_TOPIC_PREFIX", either_stack.kafka.topic_prefix)

    lines = prune_now()

    assert any(line.startswith("log: ") and "168 hours" in line for line in lines)
    assert any(line.startswith("airflow logs: 0 removed") for line in lines)
