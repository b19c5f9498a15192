"""The application of a night: one process takes the steps, and none survives its night."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nightly.answers import ExitCode
from nightly.application.client import ApplicationLostError, ask, stop
from nightly.application.cost import GroupCost
from nightly.application.mailbox import Ask, Mailbox
from tests.waiting import eventually


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the warehouse of an empty home, whose application is ended afterwards."""
    monkeypatch.setenv("FITTING_ROOM_HOME", str(tmp_path))
    yield tmp_path / "warehouse"
    stop(Mailbox(tmp_path / "warehouse"))


def _pid(warehouse: Path) -> int:
    card = Mailbox(warehouse).card()
    assert card is not None
    return card.pid


def test_steps_of_a_night_are_done_by_one_process_and_the_next_night_has_another(
    warehouse: Path,
) -> None:
    first = ask(warehouse, "list_feeds", {}, begins=True)
    assert (first.exit_code, first.body) == (ExitCode.DONE, {"result": []})
    pid = _pid(warehouse)
    assert ask(warehouse, "list_feeds", {}, begins=False).exit_code == ExitCode.DONE
    assert _pid(warehouse) == pid
    ask(warehouse, "list_feeds", {}, begins=True)
    assert _pid(warehouse) != pid
    stop(Mailbox(warehouse))
    assert not Mailbox(warehouse).is_served()


def test_another_setting_has_another_application(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(warehouse, "list_feeds", {}, begins=True)
    pid = _pid(warehouse)
    monkeypatch.setenv("FITTING_ROOM_NIGHTLY_PERIOD_DAYS", "3")
    ask(warehouse, "list_feeds", {}, begins=False)
    assert _pid(warehouse) != pid


def test_a_wrong_step_is_answered_with_its_reason_and_the_next_one_is_done(
    warehouse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = ask(warehouse, "import_feed", {"nme": "x"}, begins=True)
    assert refused.exit_code == ExitCode.FAILED
    assert "name" in str(refused.body["reason"])
    # The log of the application is the log of the step.
    assert "Traceback" in capsys.readouterr().out
    # What failed without a reason of its own may have broken what the steps share.
    failed = _pid(warehouse)
    assert ask(warehouse, "list_feeds", {}, begins=False).exit_code == ExitCode.DONE
    assert _pid(warehouse) != failed


def test_who_waits_for_an_application_that_is_killed_is_told_and_can_try_again(
    warehouse: Path,
) -> None:
    ask(warehouse, "list_feeds", {}, begins=True)
    pid = _pid(warehouse)
    os.kill(pid, signal.SIGSTOP)
    waiting = subprocess.Popen(
        [sys.executable, "-m", "nightly", "plan_night"], stdin=subprocess.PIPE, text=True
    )
    assert waiting.stdin is not None
    waiting.stdin.write('{"request": "there is none"}\n')
    waiting.stdin.flush()
    eventually(lambda: list(Mailbox(warehouse).folder.glob("*.ask.json")) != [])
    os.kill(pid, signal.SIGKILL)
    waiting.stdin.close()
    assert waiting.wait(60) == ExitCode.FAILED
    assert ask(warehouse, "list_feeds", {}, begins=False).exit_code == ExitCode.DONE


def test_an_application_ends_with_the_step_that_is_given_up(warehouse: Path) -> None:
    ask(warehouse, "list_feeds", {}, begins=True)
    mailbox = Mailbox(warehouse)
    os.kill(_pid(warehouse), signal.SIGSTOP)
    name = mailbox.ask(Ask("list_feeds", {}))
    mailbox.cancel(name)
    os.kill(_pid(warehouse), signal.SIGCONT)
    # What nobody waits for any more is not done at all.
    assert ask(warehouse, "list_feeds", {}, begins=False).exit_code == ExitCode.DONE
    assert mailbox.take_answer(name) is None


def test_only_one_application_serves_a_mailbox(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    with mailbox.serve():
        assert mailbox.is_served()
        with pytest.raises(BlockingIOError), mailbox.serve():
            pytest.fail("two serve it")
    assert not mailbox.is_served()


def test_a_message_that_nobody_can_read_is_dropped(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    (mailbox.folder / "0.ask.json").write_text("{", "utf-8")
    assert mailbox.take() is None
    assert mailbox.take() is None
    name = mailbox.ask(Ask("list_feeds", {}))
    assert mailbox.take() == (name, Ask("list_feeds", {}))


def test_an_application_that_cannot_start_says_why(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ApplicationLostError, match="said nothing"):
        ask(warehouse, "list_feeds", {}, begins=True)


def test_what_a_group_of_processes_cost_is_counted_with_what_it_has_started() -> None:
    script = "import subprocess, sys; sum(range(10**7)); print('done', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        cost = GroupCost.of_group(process.pid)
        assert cost.processor_seconds > 0.1
        assert 5_000_000 < cost.peak_bytes < 500_000_000
        process.kill()
    assert GroupCost.of_group(process.pid) == GroupCost(0.0, 0)
