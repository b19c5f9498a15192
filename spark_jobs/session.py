"""The one Spark session of a job, configured in one place."""

from pyspark.sql import SparkSession

OPTIONS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # A task costs more than a hundred thousand rows: as many as the cores of a small machine.
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    # A job replaces the tables it writes and leaves those of the other jobs.
    "spark.sql.sources.partitionOverwriteMode": "dynamic",
    "spark.sql.ansi.enabled": "true",
    # Planning anew after every stage takes longer than these stages do.
    "spark.sql.adaptive.enabled": "false",
}
"""Options that decide results or where Spark listens; memory is set by whoever submits."""


def start_session(name: str, master: str | None = None) -> SparkSession:
    """Return the session of a job; the master comes from the submit unless it is given."""
    builder = SparkSession.builder.appName(name)
    if master is not None:
        builder = builder.master(master)
    for option, value in OPTIONS.items():
        builder = builder.config(option, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("WARN")
    return session
