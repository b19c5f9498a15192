"""Writers of one file, some of which are stopped."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from personalization.adapters.sqlite.write_turn import WriteTurn
from personalization.domain.errors import StoreUnavailableError
from tests.waiting import eventually

_HOLDER = """
import sys
from pathlib import Path
from personalization.adapters.sqlite.write_turn import WriteTurn

with WriteTurn(Path(sys.argv[1])).hold():
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_a_stopped_process(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", _HOLDER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            process.send_signal(signal.SIGSTOP)
            yield process
        finally:
            process.kill()


def is_taken(turn: WriteTurn) -> bool:
    try:
        with turn.hold():
            return True
    except StoreUnavailableError:
        return False


def test_a_stopped_process_that_has_the_turn_is_told_of_and_waited_for_no_longer(
    tmp_path: Path,
) -> None:
    file = tmp_path / "log.sqlite"
    turn, other = WriteTurn(file, seconds=0.2), WriteTurn(file, seconds=5)
    with held_by_a_stopped_process(file) as process:
        threads = threading.active_count()
        for _ in range(3):
            with pytest.raises(StoreUnavailableError, match=r"log\.sqlite: other writers .* 0.2 s"):
                turn.hold().__enter__()
        assert threading.active_count() == threads + 1
        process.send_signal(signal.SIGCONT)
        assert process.stdin is not None
        process.stdin.close()
        # Also where nobody of this process came for the turn that it had waited for.
        eventually(lambda: is_taken(other))
        eventually(lambda: is_taken(turn))
        with turn.hold():
            assert threading.active_count() <= threads
    turn.close()
    other.close()


def test_a_turn_that_is_closed_while_it_waits_leaves_nobody_locked_out(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"
    turn = WriteTurn(file, seconds=0.05)
    with held_by_a_stopped_process(file):
        assert not is_taken(turn)
        turn.close()
        assert not is_taken(turn)
    later = WriteTurn(file, seconds=5)
    eventually(lambda: is_taken(later))
    later.close()


def test_many_writers_of_several_openings_take_turns(tmp_path: Path) -> None:
    file, inside, most = tmp_path / "log.sqlite", 0, 0
    turns = [WriteTurn(file, seconds=30) for _ in range(3)]

    def write(turn: WriteTurn) -> None:
        nonlocal inside, most
        for _ in range(200):
            with turn.hold():
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=write, args=(turn,)) for turn in turns * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 1)
    for turn in turns:
        turn.close()
