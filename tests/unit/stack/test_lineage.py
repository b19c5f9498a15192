"""Where events of OpenLineage go, and that they do not fill the disk."""

import json
from pathlib import Path

import pytest

from stack import lineage
from stack.lineage import (
    FORMER_FILE,
    LINEAGE_FILE,
    bound_lineage,
    lineage_environment,
    record_import,
)
from tests.builders.moments import NOON

TRANSPORT = "AIRFLOW__OPENLINEAGE__TRANSPORT"


def test_events_go_to_a_file_of_the_folder(tmp_path: Path) -> None:
    transport = json.loads(lineage_environment(tmp_path, {})[TRANSPORT])
    assert transport == {
        "type": "file",
        "log_file_path": str(tmp_path / LINEAGE_FILE),
        "append": True,
    }


@pytest.mark.parametrize("name", [TRANSPORT, "OPENLINEAGE_URL"])
def test_a_shop_that_says_where_its_events_go_is_heard(tmp_path: Path, name: str) -> None:
    ours = lineage_environment(tmp_path, {name: "theirs", "AIRFLOW__OPENLINEAGE__NAMESPACE": "n"})
    assert ours.keys() == {
        "AIRFLOW__OPENLINEAGE__EXTRACTORS",
        "AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD",
    }


def test_a_file_that_has_grown_large_replaces_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lineage, "LARGEST_BYTES", 4)
    current, former = tmp_path / LINEAGE_FILE, tmp_path / FORMER_FILE
    bound_lineage(tmp_path)
    current.write_text("1234")
    bound_lineage(tmp_path)
    assert not former.exists()
    for text in ("12345", "67890"):
        current.write_text(text)
        bound_lineage(tmp_path)
        assert not current.exists()
        assert former.read_text() == text


def _record(folder: Path, given: dict[str, str]) -> None:
    record_import(
        folder,
        given,
        dataset="eshop2008",
        source="clicks.csv",
        rows={"history": 7, "catalogue": 0},
        ended_at=NOON,
    )


def test_an_import_is_an_event_with_what_it_read_and_wrote(tmp_path: Path) -> None:
    for _ in range(2):
        _record(tmp_path / "airflow", {})
    lines = (tmp_path / "airflow" / LINEAGE_FILE).read_text("utf-8").splitlines()
    first, second = map(json.loads, lines)
    assert first["run"]["runId"] != second["run"]["runId"]
    assert first["job"]["name"] == "import.eshop2008"
    assert [read["name"] for read in first["inputs"]] == ["clicks.csv"]
    [written] = first["outputs"]
    assert written["name"] == "history"
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == 7


@pytest.mark.parametrize(
    "given", [{"OPENLINEAGE_URL": "theirs"}, {"AIRFLOW__OPENLINEAGE__DISABLED": "True"}]
)
def test_no_event_of_an_import_is_kept_that_nobody_wants_here(
    tmp_path: Path, given: dict[str, str]
) -> None:
    _record(tmp_path, given)
    assert not (tmp_path / LINEAGE_FILE).exists()
