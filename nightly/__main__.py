"""Runs one step of a DAG: `python -m nightly STEP`, its arguments as a line of JSON on the input.

`dags/service.py` calls it so, and names the file that takes the result. By hand the result is
printed: `echo '{}' | python -m nightly list_feeds`.
"""

import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

import msgspec

from nightly.steps import STEPS, NothingToDoError, Step
from personalization.domain.errors import (
    GenerationRejectedError,
    ImportRejectedError,
    InvalidFilterError,
    InvalidRowError,
    InvalidRunDateError,
    PersonalizationError,
)

RESULT_FILE = "NIGHTLY_RESULT_FILE"
"""In the environment of a step that somebody waits for; then its input stays open, too."""
_IN_VAIN = (
    GenerationRejectedError,
    ImportRejectedError,
    InvalidFilterError,
    InvalidRowError,
    InvalidRunDateError,
)
"""Another try would find the same."""
_INPUT = 0


class ExitCode(IntEnum):
    """What the caller has to know; `dags/service.py` has the same numbers."""

    DONE = 0
    FAILED = 1
    WRONG_CALL = 2
    NO_RETRY = 65
    SKIPPED = 99


def main(words: Sequence[str]) -> int:
    """Run the step of these words; return the exit code."""
    os.umask(0o077)
    # As lines that people read in Airflow's log, tables among them.
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    result_file = os.environ.get(RESULT_FILE)
    try:
        step = _read_step(words)
    except msgspec.MsgspecError as error:
        sys.stderr.write(f"nightly {' '.join(words)}: {error}\n")
        return ExitCode.WRONG_CALL
    if result_file is not None:
        threading.Thread(target=_end_with_caller, daemon=True).start()
    code, answer = _answer_of(step)
    body = msgspec.json.encode(answer)
    if result_file is not None:
        Path(result_file).write_bytes(body)
    else:
        sys.stdout.write(body.decode() + "\n")
    return code


def _read_step(words: Sequence[str]) -> Step:
    """Return the step with its arguments; the job of a Spark step is a word, for who reads `ps`."""
    if not words or words[0] not in STEPS:
        raise msgspec.ValidationError(f"the steps are {', '.join(STEPS)}")
    # Unbuffered: nothing but the line may be taken, and no lock held that the exit needs.
    with os.fdopen(_INPUT, "rb", buffering=0, closefd=False) as line:
        arguments = msgspec.json.decode(line.readline(), type=dict[str, object])
    if len(words) > 1:
        arguments["name"] = words[1]
    return msgspec.convert(arguments, STEPS[words[0]])


def _answer_of(step: Step) -> tuple[ExitCode, dict[str, object]]:
    try:
        return ExitCode.DONE, {"result": step.run()}
    except NothingToDoError as error:
        return ExitCode.SKIPPED, {"reason": str(error)}
    except _IN_VAIN as error:
        return ExitCode.NO_RETRY, {"reason": str(error)}
    except PersonalizationError as error:
        traceback.print_exc()
        return ExitCode.FAILED, {"reason": str(error)}


def _end_with_caller() -> None:
    """End with all that was started once the input ends: then whoever waited is gone."""
    os.read(_INPUT, 1)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
