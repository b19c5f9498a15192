"""The command, as it is typed."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.commands.import_ import import_command
from importers.report import read_report
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.settings.storage import StorageSettings
from tests.unit.importers.eshop_file import eshop_file


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command("import")(import_command)
    return app


def test_the_command_imports_and_prints_what_was_taken_and_refused(
    app: typer.Typer, tmp_path: Path
) -> None:
    file = eshop_file(tmp_path / "clicks.csv", days=3)
    with file.open("a") as more:
        more.write("2008,4,31,1,29,9,1,A[1],1,28\n")
    home = tmp_path / "home"
    command = [str(file), "--home", str(home), "--holdout-days", "1"]
    outcome = CliRunner().invoke(app, command, env={"COLUMNS": "200"})
    assert outcome.exit_code == 3, outcome.output
    for text in ("rows read", "8 in 2 sessions", "not a date", "20: 2008-4-31", "no ratings"):
        assert text in outcome.output
    report = read_report(StorageSettings(home=home).import_report_file)
    assert report is not None
    assert (report.events, report.held_back_events, report.rows_rejected) == (16, 8, 1)


def test_nothing_importable_ends_with_one_and_the_known_formats(
    app: typer.Typer, tmp_path: Path
) -> None:
    (tmp_path / "notes.csv").write_text("what,ever\n1,2\n")
    command = [str(tmp_path), "--home", str(tmp_path / "home")]
    outcome = CliRunner().invoke(app, command, env={"COLUMNS": "200"})
    assert outcome.exit_code == 1
    assert "notes.csv: columns what, ever" in outcome.output
    assert "eshop2008" in outcome.output


def test_a_full_disk_ends_with_two_and_says_what_to_do(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_MINIMUM_FREE_MIB", str(1 << 40))
    file = eshop_file(tmp_path / "clicks.csv", days=1)
    command = [str(file), "--home", str(tmp_path / "home")]
    outcome = CliRunner().invoke(app, command, env={"COLUMNS": "200"})
    assert outcome.exit_code == 2
    assert "Free some space" in outcome.output
    assert "goes on from there" in outcome.output


def test_strict_keeps_nothing_of_a_file_with_a_row_to_reject(
    app: typer.Typer, tmp_path: Path
) -> None:
    file = tmp_path / "styles.csv"
    rows = "id,articleType,baseColour,productDisplayName\n1,Shirts,Blue,Shirt\n"
    file.write_text(f"{rows}2.05301E+18,Shirts,Blue,Shirt\n")
    home = tmp_path / "home"
    command = [str(file), "--home", str(home), "--strict"]

    refused = CliRunner().invoke(app, command, env={"COLUMNS": "200"})
    assert refused.exit_code == 1, refused.output
    assert "Strict: 1 rows would be rejected (id rounded by a spreadsheet: 1)" in refused.output
    catalogue = SqliteCatalogue(StorageSettings(home=home).catalogue_file, 0)
    assert list(catalogue.all_products()) == []
    assert read_report(StorageSettings(home=home).import_report_file) is None

    file.write_text(rows)
    taken = CliRunner().invoke(app, command, env={"COLUMNS": "200"})
    assert taken.exit_code == 0, taken.output
    assert [len(products) for products in catalogue.all_products()] == [1]
    catalogue.close()
