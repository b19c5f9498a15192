"""Job: the period's events from Cassandra to Parquet, where every other job reads them.

One reading of the history gives the whole night one view of it: events that arrive meanwhile
belong to the next night, and from here on a night over Cassandra is the same as one over files.
"""

from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.priors import warehouse as names
from personalization.priors.warehouse import (
    REQUEST,
    SNAPSHOT,
    HistorySnapshot,
    newest_day,
    period_start,
)
from spark_jobs import schemas
from spark_jobs.keyspace import Keyspace
from spark_jobs.transforms.day_fingerprint import day_fingerprints
from spark_jobs.transforms.stored_events import as_history, without_other_users
from spark_jobs.transforms.variants import with_parents
from spark_jobs.warehouse import read_groups, read_history, write_history


def snapshot_history(spark: SparkSession, request_file: Path, keyspace_name: str) -> None:
    """Write the snapshot that the request asks for, then what it holds."""
    request = REQUEST.decode(request_file.read_bytes())
    warehouse = Path(request.warehouse)
    keyspace = Keyspace(spark, keyspace_name)
    days = keyspace.read("event_days", schemas.EVENT_DAYS).cache()
    known = [row[0] for row in days.select(names.DAY).distinct().collect()]
    run_date = request.run_date or newest_day(known, request.until)
    first_day = period_start(run_date, request.period_days)
    in_period = days.where(F.col(names.DAY).between(F.lit(first_day), F.lit(run_date)))
    past = without_other_users(as_history(_events(keyspace, in_period)), request.user_ids)
    write_history(with_parents(past, read_groups(spark, warehouse)), warehouse)
    happened = [day for day in known if day <= request.today]
    # Of what was written: another reading of the table might see more.
    rows = day_fingerprints(read_history(spark, warehouse)).collect()
    snapshot = HistorySnapshot(
        run_date=run_date,
        fingerprints={row[0]: row[1] for row in rows},
        events_after_today=_count_after(keyspace, days, request.today),
        history_from=min(happened, default=None),
        history_until=max(happened, default=None),
    )
    (warehouse / names.SNAPSHOT_FILE).write_bytes(SNAPSHOT.encode(snapshot))


def _events(keyspace: Keyspace, days: DataFrame) -> DataFrame:
    # All lie in one partition of Cassandra, which is one task of Spark: spread them.
    partitions = days.repartition(*days.columns)
    return keyspace.read_partitions("events_by_day", partitions, schemas.STORED_EVENTS)


def _count_after(keyspace: Keyspace, days: DataFrame, today: date) -> int:
    after_today = days.where(F.col(names.DAY) > F.lit(today))
    return 0 if after_today.isEmpty() else _events(keyspace, after_today).count()
