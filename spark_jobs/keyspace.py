"""Cassandra through the Spark connector: what is read of a keyspace and added to it."""

from collections.abc import Mapping

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from personalization.settings.cassandra import CassandraSettings
from spark_jobs.schemas import fit_schema

FORMAT = "org.apache.spark.sql.cassandra"
PASSWORD_OPTION = "spark.cassandra.auth.password"  # noqa: S105 - the name of an option


def password_option(settings: CassandraSettings) -> Mapping[str, str]:
    """Return the option that must be on no command line, so that it is set inside the driver.

    Everything else about the cluster comes with the submit.
    """
    if settings.password is None:
        return {}
    return {PASSWORD_OPTION: settings.password.get_secret_value()}


class Keyspace:
    """Tables of one keyspace, each read and written with its own schema."""

    def __init__(self, spark: SparkSession, name: str) -> None:
        self._spark = spark
        self._name = name

    def read(self, table: str, schema: StructType) -> DataFrame:
        return fit_schema(self._load(table), schema)

    def read_partitions(self, table: str, partitions: DataFrame, schema: StructType) -> DataFrame:
        """Return the rows of the partitions whose keys are given, and touch no other.

        Each key becomes one query (a direct join) in the task that holds it, so the frame of keys
        decides how many run at once.
        """
        table_rows = self._load(table, directJoinSetting="on")
        return fit_schema(partitions.join(table_rows, partitions.columns), schema)

    def append(self, table: str, rows: DataFrame, schema: StructType) -> None:
        """Write rows over those of the same keys; returns when all are confirmed."""
        (
            fit_schema(rows, schema)
            .write.format(FORMAT)
            .mode("append")
            .options(keyspace=self._name, table=table)
            .save()
        )

    def _load(self, table: str, **options: str) -> DataFrame:
        read = self._spark.read.format(FORMAT)
        return read.options(keyspace=self._name, table=table, **options).load()
