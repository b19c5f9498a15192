"""Whoever waits for a run reads what its tasks have written so far."""

from pathlib import Path

from nightly.progress import ProgressLine, TaskState, append_progress, read_progress, shorten
from tests.builders.moments import NOON


def test_lines_are_read_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    lines = [
        ProgressLine(task="check", state=TaskState.RUNNING, at=NOON),
        ProgressLine(task="check", state=TaskState.FAILED, at=NOON, reason="two\nlines"),
    ]
    for line in lines:
        append_progress(path, line)
    assert read_progress(path) == lines


def test_a_line_that_is_still_being_written_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    append_progress(path, ProgressLine(task="check", state=TaskState.RUNNING, at=NOON))
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
