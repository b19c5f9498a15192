"""Dates at the calendar's ends and spans of any length end in no traceback."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.commands.rule_options import moment_of
from cli.main import build_app
from personalization.domain.clock import FIRST_MOMENT, LAST_MOMENT
from personalization.learning.past_rounds import Period


@pytest.mark.parametrize(
    ("since", "code"),
    [
        ("999999999d", 0),
        ("0001-01-01T00:00:00+14:00", 0),
        ("9999-12-31T23:59:59-14:00", 0),
        ("9" * 400 + "d", 2),
        ("\u0663d", 2),
        ("0000-01-01", 2),
        ("2025-06-30T23:59:60", 2),
    ],
)
def test_dead_letters_since_any_moment_are_listed_or_refused_in_a_sentence(
    tmp_path: Path, since: str, code: int
) -> None:
    arguments = ["dead-letters", "list", "--since", since, "--home", str(tmp_path)]
    result = CliRunner().invoke(build_app("dead-letters"), arguments)
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_a_rule_may_begin_and_end_at_the_ends_of_the_calendar() -> None:
    assert moment_of("0001-01-01T00:00:00+14:00") == FIRST_MOMENT
    assert moment_of("9999-12-31T23:59:59-14:00") == LAST_MOMENT


@pytest.mark.parametrize("command", ["off-policy", "replay-decision"])
def test_days_at_the_ends_of_the_calendar_can_be_asked_about(tmp_path: Path, command: str) -> None:
    days = ["--since", "0001-01-01", "--until", "9999-12-31"]
    result = CliRunner().invoke(build_app(command), [command, *days, "--home", str(tmp_path)])
    assert result.exit_code in {1, 2}
    assert isinstance(result.exception, SystemExit)
    assert "No " in result.output or "no " in result.output


def test_a_period_is_widened_up_to_the_calendar() -> None:
    far = timedelta(days=400)
    assert Period(date.min, date.max).widen(far, far) == Period()
    near = Period(date(2025, 6, 1), date(2025, 6, 2)).widen(timedelta(1), timedelta(2))
    assert near == Period(date(2025, 5, 31), date(2025, 6, 4))
