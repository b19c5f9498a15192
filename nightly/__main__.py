"""Runs one step of a DAG: `python -m nightly STEP`, its arguments as a line of JSON on the input.

`dags/service.py` calls it so, and names the file that takes the result. By hand the result is
printed: `echo '{}' | python -m nightly list_feeds`. Steps of a night are done by the night's
application (`nightly.application`), which is asked here.
"""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from nightly.answers import ExitCode, answer_of
from nightly.application.client import ApplicationLostError, ask
from nightly.steps import BEGINNING, JOBS_OF_A_NIGHT, OF_A_NIGHT, STEPS, home_warehouse
from personalization.telemetry.logs import configure_lines

RESULT_FILE = "NIGHTLY_RESULT_FILE"
"""In the environment of a step that somebody waits for; then its input stays open, too."""
_INPUT = 0


def main(words: Sequence[str]) -> int:
    """Run the step of these words; return the exit code."""
    os.umask(0o077)
    # As lines that people read in Airflow's log, tables among them.
    configure_lines()
    result_file = os.environ.get(RESULT_FILE)
    try:
        arguments = _read_arguments(words)
        step = msgspec.convert(arguments, STEPS[words[0]])
    except msgspec.MsgspecError as error:
        sys.stderr.write(f"nightly {' '.join(words)}: {error}\n")
        return ExitCode.WRONG_CALL
    if result_file is not None:
        threading.Thread(target=_end_with_caller, daemon=True).start()
    if words[0] in OF_A_NIGHT or arguments.get("name") in JOBS_OF_A_NIGHT:
        code, body = _ask(words[0], arguments)
    else:
        code, body = answer_of(step)
    text = msgspec.json.encode(body)
    if result_file is not None:
        Path(result_file).write_bytes(text)
    else:
        sys.stdout.write(text.decode() + "\n")
    return code


def _read_arguments(words: Sequence[str]) -> dict[str, object]:
    """Return the step's arguments; the job of a Spark step is a word, for who reads `ps`."""
    if not words or words[0] not in STEPS:
        raise msgspec.ValidationError(f"the steps are {', '.join(STEPS)}")
    # Unbuffered: nothing but the line may be taken, and no lock held that the exit needs.
    with os.fdopen(_INPUT, "rb", buffering=0, closefd=False) as line:
        arguments = msgspec.json.decode(line.readline(), type=dict[str, object])
    return arguments | {"name": words[1]} if len(words) > 1 else arguments


def _ask(step: str, arguments: dict[str, object]) -> tuple[int, dict[str, object]]:
    """Have the night's application do a step."""
    try:
        answer = ask(home_warehouse(), step, arguments, begins=step == BEGINNING)
    except ApplicationLostError as error:
        return ExitCode.FAILED, {"reason": str(error)}
    return answer.exit_code, answer.body


def _end_with_caller() -> None:
    """End with all that was started once the input ends: then whoever waited is gone."""
    os.read(_INPUT, 1)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
