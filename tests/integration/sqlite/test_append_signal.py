"""A reader that waits is woken by whoever appends, also by another process."""

import errno
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from personalization.adapters.sqlite import append_signal
from personalization.adapters.sqlite.event_consumer import SqliteEventConsumer
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.ports.event_log import Message, Record
from tests.waiting import eventually

FOREVER = 60.0
"""Longer than any test may take: what waits so long was not woken."""


class WaitingReader:
    """A thread that polls once."""

    def __init__(self, log: SqliteEventLog) -> None:
        self.consumer: SqliteEventConsumer = log.consumer("readers", ["things"])
        self.records: list[Record] = []
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        self.records += self.consumer.poll(10, FOREVER)

    def has_ended(self) -> bool:
        self._thread.join(FOREVER / 2)
        return not self._thread.is_alive()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.exists() else []


@pytest.fixture
def pipes(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite-readers"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SqliteEventLog]:
    with closing(SqliteEventLog(tmp_path / "log.sqlite")) as log:
        yield log


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[SqliteEventLog]:
    """Return the log as another process has it."""
    with closing(SqliteEventLog(tmp_path / "log.sqlite")) as log:
        yield log


@pytest.fixture
def without_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append_signal, "LOOK_SECONDS", FOREVER)


@pytest.mark.usefixtures("without_looking")
def test_a_waiting_reader_of_another_process_is_woken(
    writer: SqliteEventLog, elsewhere: SqliteEventLog, pipes: Path
) -> None:
    reader = WaitingReader(elsewhere)
    eventually(lambda: names(pipes) != [])

    writer.publish("things", [Message("key", b"value")]).result()

    assert reader.has_ended()
    assert [record.value for record in reader.records] == [b"value"]
    reader.consumer.close()


@pytest.mark.usefixtures("without_looking")
def test_closing_ends_the_wait_and_leaves_no_pipe(writer: SqliteEventLog, pipes: Path) -> None:
    reader = WaitingReader(writer)
    eventually(lambda: names(pipes) != [])

    reader.consumer.close()

    assert reader.has_ended()
    assert names(pipes) == []


def test_the_pipe_of_a_reader_that_was_killed_is_taken_away(
    writer: SqliteEventLog, pipes: Path
) -> None:
    pipes.mkdir()
    os.mkfifo(pipes / "of one that is gone")

    writer.publish("things", [Message("key", b"value")]).result()

    assert names(pipes) == []


@pytest.mark.usefixtures("without_looking")
def test_a_reader_looks_for_itself_where_there_can_be_no_pipe(
    writer: SqliteEventLog, elsewhere: SqliteEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise OSError(errno.EPERM, path)

    monkeypatch.setattr(os, "mkfifo", refuse)
    reader = WaitingReader(elsewhere)

    writer.publish("things", [Message("key", b"value")]).result()

    assert reader.has_ended()
    assert len(reader.records) == 1
    reader.consumer.close()


def test_a_reader_whose_pipe_was_lost_finds_what_was_appended(
    writer: SqliteEventLog, elsewhere: SqliteEventLog, pipes: Path
) -> None:
    reader = WaitingReader(elsewhere)
    eventually(lambda: names(pipes) != [])
    for pipe in pipes.iterdir():
        pipe.unlink()

    writer.publish("things", [Message("key", b"value")]).result()

    assert reader.has_ended()
    assert len(reader.records) == 1
    reader.consumer.close()


def test_what_is_in_the_way_of_pipes_neither_undoes_nor_hides_what_was_appended(
    writer: SqliteEventLog, elsewhere: SqliteEventLog, pipes: Path
) -> None:
    pipes.write_bytes(b"")
    with closing(elsewhere.consumer("readers", ["things"])) as reader:
        assert reader.poll(10, 2 * append_signal.LOOK_WITHOUT_PIPE_SECONDS) == []

        writer.publish("things", [Message("key", b"value")]).result()

        assert [record.value for record in reader.poll(10, FOREVER)] == [b"value"]
