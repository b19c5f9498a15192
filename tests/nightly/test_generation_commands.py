"""What the commands show of generations, of what changed between two, and of refused nights."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import build_app
from nightly.generations.sketch_file import SKETCH_FILE
from nightly.night import NightOptions
from personalization.domain.errors import GenerationRejectedError
from personalization.domain.identifiers import GenerationId
from personalization.domain.quality.gate import GateName
from tests.nightly.hand_made_night import TODAY, finish, make_night
from tests.nightly.test_night_gates import YESTERDAY


def _run(home: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        build_app("generations"),
        ["generations", *arguments, "--home", str(home)],
        env={"COLUMNS": "200"},
    )
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture
def two(home: Path, formulas: Path) -> list[GenerationId]:
    """Promote a night of a and b, then one of b and c."""
    plans = []
    for run_date, products in ((YESTERDAY, "ab"), (TODAY, "b")):
        plan = make_night(home, formulas, NightOptions(run_date=run_date), products)
        assert finish(plan)
        plans.append(plan.generation_id)
    return plans


def test_two_generations_are_compared_in_tables(home: Path, two: list[GenerationId]) -> None:
    exit_code, said = _run(home, "diff", *two)
    assert exit_code == 0
    assert f"{two[0]} to {two[1]}" in said
    assert "1 products have a share, before 2" in said
    assert "Products that vanished" in said


def test_a_generation_of_an_earlier_release_is_compared_by_its_tables(
    home: Path, two: list[GenerationId]
) -> None:
    _, before = _run(home, "diff", *two, "--json")
    (home / "warehouse" / "generations" / two[0] / SKETCH_FILE).unlink()
    _, again = _run(home, "diff", *two, "--json")
    assert json.loads(again) == json.loads(before)
    [table] = json.loads(again)["tables"]
    assert (table["lists_before"], table["lists_now"], table["gone"]) == (2, 1, 0.5)


def test_a_generation_that_is_gone_is_told_so(home: Path, two: list[GenerationId]) -> None:
    exit_code, said = _run(home, "diff", "20000101-gone", two[1])
    assert exit_code == 1
    assert "There are no files of generation '20000101-gone'" in said
    assert two[1] in said


def test_a_kept_generation_is_shown_with_what_every_gate_said(
    home: Path, two: list[GenerationId]
) -> None:
    _, said = _run(home, "show", two[1])
    assert "Gates" in said
    assert "columns │ output" in said
    _, as_json = _run(home, "show", two[1], "--json")
    shown = json.loads(as_json)
    assert shown["generation"]["generation_id"] == two[1]
    assert GateName.SIZE in {verdict["gate"] for verdict in shown["gates"]["judgement"]["verdicts"]}


def test_refused_nights_are_listed_with_the_table_of_the_newest(
    home: Path, formulas: Path, two: list[GenerationId]
) -> None:
    assert _run(home, "refused") == (0, "No night was refused.")
    later = make_night(home, formulas, NightOptions(run_date=TODAY), "bz")
    with pytest.raises(GenerationRejectedError):
        finish(later)
    exit_code, said = _run(home, "refused")
    assert exit_code == 0
    assert "The last night was refused" in _run(home, "list")[1]
    assert "What was wrong" in said
    assert "nobody knows the key" in said
    assert "--accept lists" not in said
    assert f"{two[1]}" in said
    _, as_json = _run(home, "refused", "--json")
    assert len(json.loads(as_json)) == 1
