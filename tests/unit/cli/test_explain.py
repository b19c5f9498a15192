"""`explain` on a terminal: what was shown, and why something else was not."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import build_app
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.domain.session import Session
from personalization.ports.decision_history import DecisionRecord
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import a_small_shop


@pytest.fixture
def record(tmp_path: Path) -> DecisionRecord:
    """Return what the shop in `tmp_path` showed a first visitor, six slots for six products."""
    shop = a_small_shop(tmp_path, epsilon=0.2)
    made = shop.maker.make(Session.start(an_event()), NOON)
    with closing(SqliteDecisionHistory(tmp_path / "decisions.sqlite", 0)) as decisions:
        decisions.append([made])
    return made


def explain(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        build_app("explain"),
        ["explain", "--home", str(home), *arguments],
        env={"COLUMNS": "200"},
    )


def test_a_decision_is_printed_with_its_policy_and_its_clauses(
    tmp_path: Path, record: DecisionRecord
) -> None:
    printed = explain(tmp_path, "--decision", record.decision.decision_id).stdout

    assert "takes the best; gives 20 % of its draws to any product" in printed
    assert "Popular in the shop: +" in printed
    assert "home 1" in printed


def test_why_not_gives_rank_clauses_and_the_chance_in_each_slot(
    tmp_path: Path, record: DecisionRecord
) -> None:
    decision = record.decision
    last = decision.actions[-1]
    arguments = ("--decision", decision.decision_id, "--product", last.product_id)

    answer = json.loads(explain(tmp_path, *arguments, "--json").stdout)
    printed = explain(tmp_path, *arguments).stdout

    assert answer["product"]["rank"] == answer["considered"] == len(decision.actions)
    assert answer["product"]["score"] == last.score
    total = sum(clause["amount"] for clause in answer["product"]["clauses"])
    assert total == pytest.approx(last.score, abs=1e-9)
    assert [chance["slot"] for chance in answer["chances"]] == [
        slot.position for slot in decision.slate
    ]
    assert answer["chances"][0]["probability"] == pytest.approx(0.2 / len(decision.actions))
    assert "Its chance in each slot" in printed


def test_a_product_that_was_not_considered_is_said_to_have_been_left_out(
    tmp_path: Path, record: DecisionRecord
) -> None:
    found = explain(tmp_path, "--decision", record.decision.decision_id, "--product", "hat-1")

    assert found.exit_code == 1
    assert "'hat-1' was not among the 6 products" in found.stderr
