"""Which day a run counts up to, by who started it and for when."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from dags.run_days import last_whole_day, newest_day_of

MIDNIGHT = datetime(2026, 3, 5, tzinfo=UTC)


def _run(kind: str, logical: datetime | None, ends: datetime | None = None) -> Any:
    """Return what a task sees of its run."""
    return SimpleNamespace(
        run_type=kind, logical_date=logical, data_interval_end=ends, run_after=MIDNIGHT
    )


@pytest.mark.parametrize("kind", ["scheduled", "backfill", "asset_triggered"])
def test_a_run_of_airflows_own_counts_up_to_the_last_whole_day(kind: str) -> None:
    assert newest_day_of(_run(kind, MIDNIGHT, MIDNIGHT)) == date(2026, 3, 4)
    at_three = MIDNIGHT + timedelta(hours=3)
    assert newest_day_of(_run(kind, at_three, at_three)) == date(2026, 3, 4)
    # An interval that begins a day before it ends has its beginning as the logical date.
    assert newest_day_of(_run(kind, MIDNIGHT - timedelta(days=1), MIDNIGHT)) == date(2026, 3, 4)
    assert newest_day_of(_run(kind, None)) == date(2026, 3, 4)


def test_a_run_by_hand_may_count_its_own_day() -> None:
    assert newest_day_of(_run("manual", MIDNIGHT, MIDNIGHT)) == date(2026, 3, 5)
    assert newest_day_of(_run("manual", None)) == datetime.now(UTC).date()
    assert last_whole_day(_run("manual", MIDNIGHT, MIDNIGHT)) == date(2026, 3, 4)
