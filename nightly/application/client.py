"""A step asks the application of its night, starts it where there is none, and waits.

It imports next to nothing: eleven of them run in every night.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from nightly.application.mailbox import Ask, Mailbox, StepAnswer
from personalization.domain.errors import PersonalizationError

POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 60.0
"""For a new application to take the mailbox: it is Python's start on a busy machine."""
OWNER = "NIGHT_OWNER_PID"
"""In the environment: the process with which the application ends, where there is one."""
_SETTINGS = "FITTING_ROOM_"
_STARTED: list[subprocess.Popen[bytes]] = []
"""Those that this process has started: it has to take notice of their ends, if it lives on."""


class ApplicationLostError(PersonalizationError):
    """The application of the night ended without an answer."""

    def __init__(self, said: str) -> None:
        super().__init__(f"The night's application ended without an answer. Its last words: {said}")


def ask(warehouse: Path, step: str, arguments: dict[str, object], *, begins: bool) -> StepAnswer:
    """Have a step done and return its answer; the application's log goes to our own output.

    The step that `begins` a night gets an application of its own. So does every step whose
    settings differ from those that the application was started with. Raises
    `ApplicationLostError` where it ended without an answer.
    """
    mailbox = Mailbox(warehouse)
    if begins or not _fits(mailbox):
        stop(mailbox)
        _start(mailbox)
    shown = mailbox.log.stat().st_size if mailbox.log.exists() else 0
    name = mailbox.ask(Ask(step, arguments))
    try:
        return _wait(mailbox, name, shown)
    except BaseException:
        mailbox.cancel(name)
        raise


def _fits(mailbox: Mailbox) -> bool:
    card = mailbox.card()
    return mailbox.is_served() and card is not None and card.environment == environment_digest()


def environment_digest() -> str:
    """Return a digest of the settings in the environment."""
    given = sorted(item for item in os.environ.items() if item[0].startswith(_SETTINGS))
    return sha256(repr(given).encode()).hexdigest()


def stop(mailbox: Mailbox) -> None:
    """End the application, if there is one, with all that it has started."""
    card = mailbox.card()
    if card is None or not mailbox.is_served():
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(card.pid, number)
        except ProcessLookupError:
            return
        if _until(lambda: not mailbox.is_served(), seconds=10.0):
            _STARTED[:] = [process for process in _STARTED if process.poll() is None]
            return


def _start(mailbox: Mailbox) -> None:
    mailbox.clear()
    with mailbox.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 (this environment's Python)
            [sys.executable, "-P", "-m", "nightly.serve_night", str(mailbox.folder.parent)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # It outlives this step, and whoever stops it stops Spark with it.
            start_new_session=True,
        )
    _STARTED.append(process)
    ready = _until(lambda: mailbox.card() is not None or process.poll() is not None)
    if not ready or process.poll() is not None:
        raise ApplicationLostError(_tail(mailbox.log))


def _wait(mailbox: Mailbox, name: str, shown: int) -> StepAnswer:
    """Show the log as it grows until the answer is there."""
    misses = 0
    while True:
        served = mailbox.is_served()
        answer = mailbox.take_answer(name)
        if answer is not None:
            _show(mailbox.log, shown, answer.log_until)
            return answer
        shown = _show(mailbox.log, shown)
        # It may have answered between the two looks.
        misses = 0 if served else misses + 1
        if misses > 1:
            raise ApplicationLostError(_tail(mailbox.log))
        time.sleep(POLL_SECONDS)


def _show(log: Path, start: int, end: int | None = None) -> int:
    with log.open("rb") as file:
        file.seek(start)
        body = file.read() if end is None else file.read(max(0, end - start))
    # Whole lines only: this is somebody's log.
    whole = body[: body.rfind(b"\n") + 1] if end is None else body
    sys.stdout.write(whole.decode("utf-8", "replace"))
    sys.stdout.flush()
    return start + len(whole)


def _tail(log: Path) -> str:
    if not log.exists():
        return "It left no log."
    return log.read_bytes()[-2_000:].decode("utf-8", "replace").strip() or "It said nothing."


def _until(condition: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
