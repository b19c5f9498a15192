"""Whoever waits for a run reads what its tasks have written so far."""

from datetime import UTC, datetime
from pathlib import Path

from dags.progress import append_progress, shorten
from nightly.progress import TaskState, read_progress


def test_lines_are_read_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    began = datetime.now(UTC)
    append_progress(path, "check", "running")
    append_progress(path, "check", "failed", "two\nlines")
    first, second = read_progress(path)
    assert (first.task, first.state, first.reason) == ("check", TaskState.RUNNING, None)
    assert (second.task, second.state, second.reason) == ("check", TaskState.FAILED, "two\nlines")
    assert began <= first.at <= second.at <= datetime.now(UTC)


def test_a_line_that_is_still_being_written_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    append_progress(path, "check", "running")
    with path.open("ab") as file:
        file.write(b'{"task": "pub')
    assert [line.task for line in read_progress(path)] == ["check"]


def test_a_run_that_has_not_started_has_no_lines(tmp_path: Path) -> None:
    assert read_progress(tmp_path / "none.jsonl") == []


def test_a_long_reason_keeps_its_beginning_and_what_failed_in_the_end() -> None:
    assert shorten("short") == "short"
    cut = shorten("spark-submit" + "x" * 5_000 + "Connection refused")
    assert cut.startswith("spark-submit")
    assert cut.endswith("Connection refused")
    assert len(cut) < 1_100
