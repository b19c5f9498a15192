"""What came of a step: an exit code, and a result or the reason why there is none."""

import traceback
from enum import IntEnum

from nightly.steps import NightStep, NothingToDoError
from personalization.domain.errors import (
    GenerationRejectedError,
    ImportRejectedError,
    InvalidFilterError,
    InvalidRowError,
    InvalidRunDateError,
    PersonalizationError,
)

LOG_FORMAT = "%(levelname)s %(name)s: %(message)s"
_IN_VAIN = (
    GenerationRejectedError,
    ImportRejectedError,
    InvalidFilterError,
    InvalidRowError,
    InvalidRunDateError,
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
        return ExitCode.SKIPPED, {"reason": str(error)}
    except _IN_VAIN as error:
        return ExitCode.NO_RETRY, {"reason": str(error)}
    except PersonalizationError as error:
        traceback.print_exc()
        return ExitCode.FAILED, {"reason": str(error)}
