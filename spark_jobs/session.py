"""The one Spark session of a job, configured in one place."""

from collections.abc import Mapping
from types import MappingProxyType

from pyspark.sql import SparkSession

OPTIONS = {
    "spark.sql.session.timeZone": "UTC",
    # A job replaces the tables it writes and leaves those of the other jobs.
    "spark.sql.sources.partitionOverwriteMode": "dynamic",
    "spark.sql.ansi.enabled": "true",
}
"""Options that decide results; whoever submits sets those that decide speed and place."""
_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


def start_session(
    name: str, master: str | None = None, options: Mapping[str, str] = _NO_OPTIONS
) -> SparkSession:
    """Return the session of a job; the master comes from the submit unless it is given."""
    builder = SparkSession.builder.appName(name)
    if master is not None:
        builder = builder.master(master)
    for option, value in {**options, **OPTIONS}.items():
        builder = builder.config(option, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("WARN")
    return session
