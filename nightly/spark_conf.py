"""Options that the Spark jobs are submitted with; those of the settings win over all of these."""

from collections.abc import Mapping

from personalization.settings.cassandra import CassandraSettings
from personalization.settings.nightly import NightlySettings
from stack.jars import jars_of

SMALL_MACHINE = {
    "spark.ui.enabled": "false",
    # A task costs more than a hundred thousand rows: as many as the cores of a small machine.
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    # Planning again after every stage takes longer than these stages do.
    "spark.sql.adaptive.enabled": "false",
    # Hadoop has a umask of its own, whatever that of the process is.
    "spark.hadoop.fs.permissions.umask-mode": "077",
}
_OWN_CONNECTOR = frozenset({"spark.jars", "spark.jars.packages"})
_CONNECTOR = {
    "spark.sql.extensions": "com.datastax.spark.connector.CassandraSparkExtensions",
    # As in the adapter: lists are a partition each, so that only requests side by side are fast.
    "spark.cassandra.output.concurrent.writes": "16",
    "spark.cassandra.output.batch.size.rows": "10",
    "spark.cassandra.input.fetch.sizeInRows": "5000",
}


def spark_conf(nightly: NightlySettings) -> dict[str, str]:
    """Return the options of every job."""
    return {
        **SMALL_MACHINE,
        "spark.driver.memory": nightly.spark_driver_memory,
        "spark.driver.extraJavaOptions": nightly.spark_java_options,
        "spark.log.level": "WARN",
        **nightly.spark_conf,
    }


def connector_conf(nightly: NightlySettings, cassandra: CassandraSettings) -> dict[str, str]:
    """Return the options of a job that reads or writes Cassandra, but for the password.

    A job takes the password from its own environment: options are on the command line.
    """
    return {
        **spark_conf(nightly),
        **_jars(nightly.spark_conf),
        **_CONNECTOR,
        **_cluster(cassandra),
        **nightly.spark_conf,
    }


def _jars(given: Mapping[str, str]) -> dict[str, str]:
    if _OWN_CONNECTOR & given.keys():
        return {}
    return {"spark.jars": str(jars_of("connector") / "*.jar")}


def _cluster(cassandra: CassandraSettings) -> dict[str, str]:
    patience = str(round(cassandra.batch_timeout_seconds * 1000))
    options = {
        "spark.cassandra.connection.host": cassandra.contact_points,
        "spark.cassandra.connection.localDC": cassandra.local_datacenter,
        "spark.cassandra.auth.username": cassandra.username,
        "spark.cassandra.input.consistency.level": cassandra.consistency,
        "spark.cassandra.output.consistency.level": cassandra.consistency,
        "spark.cassandra.connection.timeoutMS": patience,
        "spark.cassandra.read.timeoutMS": patience,
    }
    return {name: value for name, value in options.items() if value is not None}
