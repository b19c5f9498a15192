"""The command removes what is too old from every store, on either stack."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from nightly.retention import prune_now
from personalization.domain.identifiers import DecisionId
from personalization.wiring import CoreSettings, open_kept
from tests.builders.decision_record import a_decision_record
from tests.integration.command_line import run_over


def test_the_command_prunes_or_says_who_does(either_stack: CoreSettings) -> None:
    with open_kept(either_stack) as kept:
        long_ago = datetime.now(UTC) - timedelta(days=5_000)
        kept.decisions.append([a_decision_record("old", decided_at=long_ago)])
    logs = either_stack.storage.airflow / "logs" / "dag_id=nightly"
    logs.mkdir(parents=True)
    for name in ("old.log", "new.log"):
        (logs / name).write_text("line")
    os.utime(logs / "old.log", (0, 0))

    printed = run_over(either_stack, "retention")

    rows = {line.split("│")[1].strip(): line for line in printed.splitlines() if "│" in line}
    assert "400 days" in rows["events"]
    assert "180 days" in rows["decisions"]
    assert [file.name for file in logs.iterdir()] == ["new.log"]
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
