"""What came of a step: an exit code, and a result or the reason why there is none."""

import sys
import traceback
from enum import IntEnum

from nightly.steps import NightStep, NothingToDoError
from personalization.domain.errors import (
    GenerationRejectedError,
    ImportRejectedError,
    InvalidFilterError,
    InvalidKeyError,
    InvalidRowError,
    InvalidRunDateError,
    PersonalizationError,
    RefusedSnapshotError,
)
from personalization.telemetry.logs import without_ids

_IN_VAIN = (
    GenerationRejectedError,
    ImportRejectedError,
    InvalidFilterError,
    InvalidKeyError,
    InvalidRowError,
    InvalidRunDateError,
    RefusedSnapshotError,
)
"""Another try would find the same."""


class ExitCode(IntEnum):
    """What the caller has to know; `dags/service.py` has the same numbers."""

    DONE = 0
    FAILED = 1
    WRONG_CALL = 2
    NO_RETRY = 65
    SKIPPED = 99


def answer_of(step: NightStep) -> tuple[ExitCode, dict[str, object]]:
    """Run a step and return what came of it; only errors that are none of ours are raised."""
    try:
        return ExitCode.DONE, {"result": step.run()}
    except NothingToDoError as error:
        return ExitCode.SKIPPED, {"reason": without_ids(str(error))}
    except _IN_VAIN as error:
        return ExitCode.NO_RETRY, {"reason": without_ids(str(error))}
    except PersonalizationError as error:
        sys.stderr.write(without_ids(traceback.format_exc()))
        return ExitCode.FAILED, {"reason": without_ids(str(error))}
