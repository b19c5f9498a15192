"""One local Spark session for the whole run, with the connector to Cassandra where it can be had.

Without the connector's jars the session is the same but for Cassandra: tests that need it are
skipped with the reason, or fail in CI (`CI` is set).
"""

import logging
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from nightly.spark_options import SMALL_JAVA, SMALL_MACHINE
from personalization.adapters.cassandra.connection import CassandraConnection
from stack.errors import StackUnavailableError
from stack.jars import connector_jars
from stack.java_home import find_java_home
from tests.waiting import eventually

if TYPE_CHECKING:
    # This is loaded for every test, also on a Python that PySpark knows nothing of.
    from pyspark.sql import SparkSession

EXTENSIONS = "com.datastax.spark.connector.CassandraSparkExtensions"


@pytest.fixture(scope="session")
def connector() -> dict[str, str] | StackUnavailableError:
    """Return the options that bring the connector, or why there is none."""
    try:
        jars = connector_jars()
    except StackUnavailableError as error:
        return error
    return {"spark.jars": ",".join(map(str, jars)), "spark.sql.extensions": EXTENSIONS}


@pytest.fixture(scope="session")
def spark(connector: dict[str, str] | StackUnavailableError) -> "Iterator[SparkSession]":
    """Start the jobs' own session on one core."""
    from spark_jobs.session import start_session

    os.environ["JAVA_HOME"] = str(find_java_home())
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    # Python's executors are of this environment, whether it is activated or not.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--driver-java-options '{SMALL_JAVA}' pyspark-shell"
    # It says goodbye when the process ends, when pytest has closed what Airflow's logs go to.
    logging.getLogger("py4j").setLevel(logging.WARNING)
    with_cassandra = connector if isinstance(connector, dict) else {}
    session = start_session(
        "tests",
        master="local[1]",
        options={**SMALL_MACHINE, "spark.ui.enabled": "false", **with_cassandra},
    )
    yield session
    session.stop()


@pytest.fixture(scope="session")
def cassandra_spark(
    spark: "SparkSession",
    connector: dict[str, str] | StackUnavailableError,
    cassandra_contact_points: str,
) -> "SparkSession":
    """Return the session with Cassandra as the catalogue `shop` of its SQL."""
    if isinstance(connector, StackUnavailableError):
        if os.environ.get("CI"):
            raise connector
        pytest.skip(str(connector))
    spark.conf.set("spark.cassandra.connection.host", cassandra_contact_points)
    catalogue = "com.datastax.spark.connector.datasource.CassandraCatalog"
    spark.conf.set("spark.sql.catalog.shop", catalogue)
    return spark


def see_keyspace(spark: "SparkSession", connection: CassandraConnection) -> None:
    """Return when Spark knows every table of a keyspace that may be younger than its session.

    The driver gathers changes of the schema for a second before it looks at them.
    """
    name = connection.keyspace
    made = set(connection.session().cluster.metadata.keyspaces[name].tables)

    def tables() -> set[str]:
        if (name,) not in spark.sql("SHOW NAMESPACES FROM shop").collect():
            return set()
        return {row.tableName for row in spark.sql(f"SHOW TABLES FROM shop.{name}").collect()}

    eventually(lambda: tables() >= made)
