"""Job: the period's events from Cassandra to Parquet, where every other job reads them.

One reading of the history gives the whole night one view of it: events that arrive meanwhile
belong to the next night, and from here on a night over Cassandra is the same as one over files.
"""

import sys
from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.priors import warehouse as names
from personalization.priors.warehouse import (
    REQUEST,
    SNAPSHOT,
    HistorySnapshot,
    period_start,
)
from personalization.settings.cassandra import CassandraSettings
from spark_jobs import schemas
from spark_jobs.keyspace import Keyspace, password_option
from spark_jobs.session import start_session
from spark_jobs.transforms.day_fingerprint import day_fingerprints
from spark_jobs.transforms.stored_events import as_history
from spark_jobs.warehouse import read_history, write_history

JOB = Path(__file__).stem


def main(request_file: Path, keyspace_name: str) -> None:
    """Write the snapshot that the request asks for, then what it holds."""
    spark = start_session(JOB, options=password_option(CassandraSettings()))
    request = REQUEST.decode(request_file.read_bytes())
    warehouse = Path(request.warehouse)
    keyspace = Keyspace(spark, keyspace_name)
    days = keyspace.read("event_days", schemas.EVENT_DAYS).cache()
    run_date = request.run_date or _newest(days) or request.today
    first_day = period_start(run_date, request.period_days)
    in_period = days.where(F.col(names.DAY).between(F.lit(first_day), F.lit(run_date)))
    stored = keyspace.read_partitions(
        # All lie in one partition of Cassandra, which is one task of Spark: spread them.
        "events_by_day", in_period.repartition(*days.columns), schemas.STORED_EVENTS
    )  # fmt: skip
    write_history(as_history(stored), warehouse)
    # Of what was written: another reading of the table might see more.
    rows = day_fingerprints(read_history(spark, warehouse)).collect()
    snapshot = HistorySnapshot(run_date=run_date, fingerprints={row[0]: row[1] for row in rows})
    (warehouse / names.SNAPSHOT_FILE).write_bytes(SNAPSHOT.encode(snapshot))
    spark.stop()


def _newest(days: DataFrame) -> date | None:
    found: list[date | None] = [row[0] for row in days.agg(F.max(names.DAY)).collect()]
    return found[0]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
