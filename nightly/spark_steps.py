"""Runs a Spark job, with options that follow the night's size."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from nightly.spark_options import Machine, NightSize, connector_options, spark_options
from personalization.priors import warehouse as names
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.nightly import NightlySettings
from personalization.settings.storage import StorageSettings
from stack.java_home import find_java_home


def run_spark_step(name: str, arguments: Sequence[str]) -> None:
    """Run a job in this process; Spark is started when the first one needs it.

    Raises `NightTooLargeError` before it starts what would not fit, and what the job raises.
    """
    warehouse = StorageSettings().warehouse.resolve()
    warehouse.mkdir(parents=True, exist_ok=True)
    request, products = warehouse / names.REQUEST_FILE, warehouse / names.PRODUCTS_FILE
    size = NightSize(
        events=names.read_request(warehouse).events if request.exists() else 0,
        products=pq.read_metadata(products).num_rows if products.exists() else 0,
    )
    _run(name, arguments, size, warehouse)


def run_report_job(folder: Path, size: NightSize) -> None:
    """Run the job of a report over the order in its folder, as `run_spark_step` does."""
    _run("report", [str(folder)], size, folder)


def _run(name: str, arguments: Sequence[str], size: NightSize, folder: Path) -> None:
    nightly = NightlySettings()
    options = spark_options(nightly, size, Machine.of_now(folder))
    connector = connector_options(nightly, CassandraSettings().patient())
    _prepare_environment(nightly.spark_master)
    # Java must be there before PySpark looks for it.
    from spark_jobs.steps import run_job

    run_job(name, arguments, nightly.spark_master, {**options, **connector})


def _prepare_environment(master: str) -> None:
    os.environ["JAVA_HOME"] = str(find_java_home())
    if master.startswith("local"):
        # Where the executors are elsewhere, they must find the driver.
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
