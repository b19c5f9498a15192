"""What a night says in somebody else's log names no visit and no person."""

import io
import logging
from dataclasses import dataclass

import pytest

from nightly.answers import ExitCode, answer_of
from personalization.domain.errors import InvalidRowError, StoreUnavailableError
from personalization.telemetry.logs import LineFormatter

SESSION = "5e551011-0000-4000-8000-00000000abcd"
PERSON = "u01234567-ABCDEFGHIJKLMNOPQRSTUV"


@dataclass
class FailingStep:
    error: Exception

    def run(self) -> object:
        raise self.error


def test_a_line_and_its_traceback_leave_ids_out() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(LineFormatter("%(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("of_a_night")
    logger.addHandler(handler)
    try:
        int(SESSION)
    except ValueError:
        logger.exception("lost %s", PERSON)
    finally:
        logger.removeHandler(handler)
    said = written.getvalue()
    assert said.startswith("ERROR of_a_night: lost (id)\n")
    assert "ValueError: invalid literal for int() with base 10: '(id)'" in said
    assert SESSION not in said
    assert PERSON not in said


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidRowError(f"a row of {SESSION}"), ExitCode.NO_RETRY),
        (StoreUnavailableError(f"no answer about {PERSON}"), ExitCode.FAILED),
    ],
)
def test_the_reason_of_a_failed_step_leaves_ids_out(
    error: Exception, code: ExitCode, capfd: pytest.CaptureFixture[str]
) -> None:
    answered, answer = answer_of(FailingStep(error))
    assert answered is code
    said = repr(answer) + capfd.readouterr().err
    assert "(id)" in said
    assert SESSION not in said
    assert PERSON not in said
