"""Which day a run of a DAG ends on."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk.types import DagRunProtocol

_BY_HAND = "manual"


def newest_day_of(run: "DagRunProtocol") -> date:
    """Return the newest day that a run may count.

    That is the last whole day before a scheduled run's time, or before that of a backfill. Who
    starts a run by hand means the day of its logical date (today, unless another was given).
    """
    if run.run_type == _BY_HAND:
        return (run.logical_date or datetime.now(UTC)).astimezone(UTC).date()
    return last_whole_day(run)


def last_whole_day(run: "DagRunProtocol") -> date:
    """Return the day before the one that the run's interval ends on, by UTC."""
    ends = run.data_interval_end or run.logical_date or run.run_after
    return ends.astimezone(UTC).date() - timedelta(days=1)
