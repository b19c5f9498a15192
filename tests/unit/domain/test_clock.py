from datetime import UTC, datetime

import pytest

from personalization.domain.clock import FIRST_MOMENT, LAST_MOMENT, GrowingPause, in_utc


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-06-02T12:00:00+02:00", datetime(2025, 6, 2, 10, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", FIRST_MOMENT),
        ("0001-01-01T00:00:00-14:00", datetime(1, 1, 1, 14, tzinfo=UTC)),
        ("9999-12-31T23:59:59-14:00", LAST_MOMENT),
        ("9999-12-31T23:59:59+14:00", datetime(9999, 12, 31, 9, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_moment_beyond_the_calendar_becomes_its_end(written: str, moment: datetime) -> None:
    assert in_utc(datetime.fromisoformat(written)) == moment


def test_pauses_double_up_to_the_longest() -> None:
    pause = GrowingPause(10.0)
    pause.begin()

    assert [pause.seconds() for _ in range(5)] == [10, 20, 40, 60, 60]
