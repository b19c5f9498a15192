"""The one Spark session of a process, started when a step first needs it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import SparkSession

from personalization.settings.cassandra import CassandraSettings
from personalization.settings.nightly import NightlySettings
from spark_jobs.keyspace import password_option
from spark_jobs.session import start_session
from stack.java_home import find_java_home

_SESSIONS: list[SparkSession] = []


def night_session(options: Mapping[str, str]) -> SparkSession:
    """Return the session, started with these options where there is none yet."""
    if not _SESSIONS:
        _SESSIONS.append(_start(NightlySettings(), options))
    return _SESSIONS[0]


def is_started() -> bool:
    return bool(_SESSIONS)


def stop_session() -> None:
    while _SESSIONS:
        _SESSIONS.pop().stop()


def _start(nightly: NightlySettings, options: Mapping[str, str]) -> SparkSession:
    os.environ["JAVA_HOME"] = str(find_java_home())
    if nightly.spark_master.startswith("local"):
        # Where the executors are elsewhere, they must find the driver.
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # Python's workers import our modules, wherever they are started.
    root = str(Path(__file__).parents[1])
    os.environ["PYTHONPATH"] = os.pathsep.join(
        path for path in (root, os.environ.get("PYTHONPATH", "")) if path
    )
    secrets = password_option(CassandraSettings())
    return start_session("fitting-room night", nightly.spark_master, {**options, **secrets})
