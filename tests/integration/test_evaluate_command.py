"""`evaluate` on a given pair of files, as it is typed."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.commands.import_ import import_command
from cli.commands.measures.evaluate import evaluate_command


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command("evaluate")(evaluate_command)
    app.command("import")(import_command)
    return app


@pytest.fixture
def pair(tmp_path: Path) -> list[str]:
    train, test = tmp_path / "train.csv", tmp_path / "test.tsv"
    clicks = [(f"s{number}", f"p{(number + step) % 9}") for number in range(40) for step in (0, 1)]
    train.write_text("session,item\n" + "".join(f"{visit},{item}\n" for visit, item in clicks))
    test.write_text("session\titem\n" + "".join(f"t{n}\tp{n}\nt{n}\tp{n + 1}\n" for n in range(8)))
    return [str(train), "--test", str(test)]


def test_baselines_of_a_given_pair_are_measured_with_their_intervals(
    app: typer.Typer, pair: list[str], tmp_path: Path
) -> None:
    command = ["evaluate", "--train", *pair, "--home", str(tmp_path / "home"), "--json"]
    outcome = CliRunner().invoke(app, command)

    assert outcome.exit_code == 0, outcome.output
    rows = {row["ranking"]: row for row in json.loads(outcome.stdout)}
    assert list(rows) == ["popularity", "sequential rules", "S-kNN", "V-SKNN"]
    rules = rows["sequential rules"]
    assert (rules["queries"], rules["hit_rate"], rules["mean_reciprocal_rank"]) == (8, 1.0, 1.0)
    assert rules["intervals"]["mean_reciprocal_rank"] == [1.0, 1.0]
    assert set(rows["popularity"]["first_click"]) == {"popularity", "popularity by region"}
    assert rules["slices"]["second view of a session"]["queries"] == 8
    difference = rules["less V-SKNN"]["mean_reciprocal_rank"]
    assert difference["difference"] == pytest.approx(1 - rows["V-SKNN"]["mean_reciprocal_rank"])
    assert difference["interval"][0] <= difference["difference"] <= difference["interval"][1]


def test_an_imported_pair_has_the_same_figures_before_any_night(
    app: typer.Typer, pair: list[str], tmp_path: Path
) -> None:
    home = ["--home", str(tmp_path / "home")]
    assert CliRunner().invoke(app, ["import", *pair, *home]).exit_code == 0
    kept = CliRunner().invoke(app, ["evaluate", *home, "--json", "--sample", "5"])
    given = CliRunner().invoke(
        app, ["evaluate", "--train", *pair, *home, "--json", "--sample", "5"]
    )

    found = [json.loads(outcome.stdout) for outcome in (kept, given)]
    for row in (*found[0], *found[1]):
        del row["ms_per_query"]
    assert found[0] == found[1]
    assert found[0][0]["queries"] == 5
    assert "run `nightly` first" in kept.stderr


def test_the_tables_name_every_ranking_difference_and_part(
    app: typer.Typer, pair: list[str], tmp_path: Path
) -> None:
    command = ["evaluate", "--train", *pair, "--home", str(tmp_path)]
    outcome = CliRunner().invoke(app, command, env={"COLUMNS": "200"})

    for text in (
        "8 queries of 8 sessions",
        "HR unseen",
        "Difference from V-SKNN",
        "First view of 8",
    ):
        assert text in outcome.output


def test_half_a_pair_is_refused(app: typer.Typer, pair: list[str], tmp_path: Path) -> None:
    command = ["evaluate", "--train", pair[0], "--home", str(tmp_path)]
    assert CliRunner().invoke(app, command).exit_code == 2


def test_there_is_nothing_to_leave_out_before_any_night(
    app: typer.Typer, pair: list[str], tmp_path: Path
) -> None:
    home = ["--home", str(tmp_path / "home")]
    assert CliRunner().invoke(app, ["import", *pair, *home]).exit_code == 0
    outcome = CliRunner().invoke(app, ["evaluate", *home, "--leave-one-out"])

    assert outcome.exit_code == 1
    assert "no ranking to leave parts out of" in " ".join(outcome.output.split())
