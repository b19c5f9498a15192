"""What the processes of one API tell each other."""

from pathlib import Path

import pytest

from api.processes.notice_board import FIRST, ROLES, NoticeBoard, ProcessNotice
from api.schemas.health import Dependency
from tests.waiting import eventually

UP = Dependency("up")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    NoticeBoard(tmp_path / "8000").clear()
    return tmp_path / "8000"


def test_each_process_reads_the_metrics_of_the_others(folder: Path) -> None:
    first, second = NoticeBoard(folder), NoticeBoard(folder, "api_2")
    first.write(FIRST, ProcessNotice("of the first"))
    first.write(ROLES, ProcessNotice("of the roles", {"scorer": UP}))
    second.write("api_2", ProcessNotice("of the second"))

    assert set(first.metrics()) == {"of the roles", "of the second"}
    assert set(second.metrics()) == {"of the roles", "of the first"}
    assert second.states() == {"scorer": UP}


def test_a_process_that_has_ended_is_told_of_no_more(folder: Path) -> None:
    first = NoticeBoard(folder)
    NoticeBoard(folder, "api_2").write("api_2", ProcessNotice("of the second"))

    first.withdraw("api_2")
    first.withdraw("api_2")

    assert first.metrics() == []


def test_a_board_begins_empty_and_writes_nothing_once_it_is_gone(folder: Path) -> None:
    left = NoticeBoard(folder, "api_3")
    left.write("api_3", ProcessNotice("of a run that was killed"))

    board = NoticeBoard(folder)
    board.clear()
    assert board.metrics() == []

    board.remove()
    left.write("api_3", ProcessNotice("too late"))
    assert not folder.exists()


def test_what_is_told_is_read_until_it_stops(folder: Path) -> None:
    told = NoticeBoard(folder, "api_2")
    told.start(lambda: {"api_2": ProcessNotice("of the second")})
    told.stop()

    assert NoticeBoard(folder).metrics() == ["of the second"]


def test_a_board_that_cannot_be_written_is_written_once_it_can(folder: Path) -> None:
    faults = [OSError("no space left")]
    told = NoticeBoard(folder, "api_2")

    def tell() -> dict[str, ProcessNotice]:
        if faults:
            raise faults.pop()
        return {"api_2": ProcessNotice("of the second")}

    told.start(tell)
    eventually(lambda: NoticeBoard(folder).metrics() == ["of the second"])
    told.stop()
