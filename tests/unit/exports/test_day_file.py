"""A day's file is replaced in one step, and only where its rows have changed."""

from contextlib import closing
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from personalization.domain.event import Event
from personalization.exports import day_file
from personalization.exports.day_file import DayFile, FileOutcome, day_folder
from personalization.exports.tables import EVENTS
from tests.builders.event import an_event

DAY = date(2025, 6, 2)


def write(folder: Path, events: list[Event]) -> FileOutcome:
    with closing(DayFile(folder, EVENTS, DAY)) as file:
        for event in events:
            file.add([event])
        return file.finish()


def test_the_same_rows_leave_the_file_alone(tmp_path: Path) -> None:
    events = [an_event(event_id=f"event-{number}") for number in range(3)]
    assert write(tmp_path, events) is FileOutcome.WRITTEN
    [file] = (tmp_path / "events" / "date=2025-06-02").iterdir()
    inode = file.stat().st_ino

    assert write(tmp_path, events) is FileOutcome.UNCHANGED
    assert file.stat().st_ino == inode
    assert write(tmp_path, events[:2]) is FileOutcome.WRITTEN
    assert [row["event_id"] for row in pq.read_table(file).to_pylist()] == ["event-0", "event-1"]
    assert [other_file.name for other_file in file.parent.iterdir()] == [file.name]


def test_a_day_whose_rows_are_gone_loses_its_file(tmp_path: Path) -> None:
    assert write(tmp_path, []) is FileOutcome.EMPTY
    write(tmp_path, [an_event()])
    assert write(tmp_path, []) is FileOutcome.REMOVED
    assert not day_folder(tmp_path, "events", DAY).exists()


def test_rows_are_written_in_groups_and_a_reader_sees_none_of_them_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_file, "ROWS_PER_GROUP", 2)
    with closing(DayFile(tmp_path, EVENTS, DAY)) as file:
        for number in range(5):
            file.add([an_event(event_id=f"event-{number}")])
        assert list(tmp_path.glob("*/*/[!.]*")) == []
        file.finish()
    [written] = tmp_path.glob("*/*/*.parquet")
    assert pq.ParquetFile(written).num_row_groups == 3
    assert pq.read_table(written).num_rows == 5
