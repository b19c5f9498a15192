"""One local Spark session for the whole run."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from dags.tasks.spark_conf import SMALL_MACHINE
from personalization.settings.nightly import NightlySettings
from spark_jobs.session import start_session
from stack.java_home import find_java_home

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let PySpark leave the sockets of `collect` to the garbage collector, as it does."""
    ignored = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(ignored)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Start the jobs' own session on one core."""
    os.environ["JAVA_HOME"] = str(find_java_home())
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    options = NightlySettings().spark_java_options
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--driver-java-options '{options}' pyspark-shell"
    # It says goodbye when the process ends, when pytest has closed what Airflow's logs go to.
    logging.getLogger("py4j").setLevel(logging.WARNING)
    session = start_session("tests", master="local[1]", options=SMALL_MACHINE)
    yield session
    session.stop()
