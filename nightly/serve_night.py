"""The night's application: `python -m nightly.serve_night WAREHOUSE`, started by the first step."""

import logging
import os
import signal
import sys
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path
from types import FrameType

import msgspec

from nightly.answers import ExitCode, answer_of
from nightly.application.client import OWNER, POLL_SECONDS, environment_digest
from nightly.application.cost import GroupCost
from nightly.application.mailbox import ApplicationCard, Ask, Mailbox, StepAnswer
from nightly.steps import STEPS
from personalization.telemetry.logs import configure_lines

IDLE_SECONDS = 600.0
_LOOK_SECONDS = 0.5
_log = logging.getLogger(__name__)


def main(warehouse: Path) -> int:
    """Take steps until the night ends; return the exit code."""
    os.umask(0o077)
    configure_lines()
    signal.signal(signal.SIGTERM, _exit)
    mailbox = Mailbox(warehouse)
    try:
        with mailbox.serve():
            card = ApplicationCard(os.getpid(), environment_digest())
            mailbox.introduce(card)
            _watch_owner()
            _serve(mailbox, card)
    except BlockingIOError:
        _log.error("Another application serves %s.", mailbox.folder)
        return 1
    return 0


def _serve(mailbox: Mailbox, card: ApplicationCard) -> None:
    idle_since = time.monotonic()
    while time.monotonic() - idle_since < IDLE_SECONDS:
        taken = mailbox.take()
        if taken is None:
            time.sleep(POLL_SECONDS)
            continue
        name, ask = taken
        done = threading.Event()
        threading.Thread(target=_watch_asker, args=(mailbox, name, done), daemon=True).start()
        code, body, is_sound = _do(ask)
        done.set()
        sys.stdout.flush()
        card = _charge(card, ask)
        if not is_sound:
            # Spark itself may be gone: the next step begins another application.
            card = replace(card, environment="")
        mailbox.introduce(card)
        mailbox.answer(name, StepAnswer(code, body, mailbox.log.stat().st_size))
        idle_since = time.monotonic()
    _log.info("Nobody asked for anything in %d seconds.", IDLE_SECONDS)


def _charge(card: ApplicationCard, ask: Ask) -> ApplicationCard:
    """Add to the card what a step has cost; what came before the first one is part of it."""
    cost = GroupCost.of_group(os.getpid())
    step = str(ask.arguments.get("name", ask.step))
    spent = cost.processor_seconds - sum(card.processor_seconds.values())
    steps = card.processor_seconds
    return replace(
        card,
        processor_seconds={**steps, step: steps.get(step, 0.0) + round(spent, 2)},
        peak_bytes=max(card.peak_bytes, cost.peak_bytes),
    )


def _do(ask: Ask) -> tuple[int, dict[str, object], bool]:
    """Return exit code, body, and whether this process can be asked again."""
    try:
        code, body = answer_of(msgspec.convert(ask.arguments, STEPS[ask.step]))
    except Exception as error:  # noqa: BLE001 (whoever asks is told; the next step is another one)
        traceback.print_exc()
        reason = f"{type(error).__name__}: {_first_lines(error)}"
        return ExitCode.FAILED, {"reason": reason}, False
    return code, body, True


def _first_lines(error: Exception) -> str:
    """Return how an error begins: Spark's go on with all of Java's stack."""
    return "\n".join(str(error).splitlines()[:5])


def _watch_asker(mailbox: Mailbox, name: str, done: threading.Event) -> None:
    """End everything where a step is given up while it is done: nothing else can stop it."""
    while not done.wait(_LOOK_SECONDS):
        if mailbox.is_cancelled(name):
            _log.warning("The step was given up: the application ends with it.")
            os.killpg(os.getpid(), signal.SIGTERM)
            return


def _watch_owner() -> None:
    """End with the process that owns the night, where there is one."""
    owner = os.environ.get(OWNER)
    if owner is not None:
        threading.Thread(target=_end_with, args=(int(owner),), daemon=True).start()


def _end_with(owner: int) -> None:
    while Path(f"/proc/{owner}").exists():
        time.sleep(_LOOK_SECONDS)
    os.killpg(os.getpid(), signal.SIGTERM)


def _exit(signal_number: int, _frame: FrameType | None) -> None:
    os._exit(128 + signal_number)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
