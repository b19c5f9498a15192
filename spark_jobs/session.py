"""The one Spark session of a job, configured in one place."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pyspark.sql import SparkSession

OPTIONS = {
    "spark.sql.session.timeZone": "UTC",
    # A job replaces the tables it writes and leaves those of the other jobs.
    "spark.sql.sources.partitionOverwriteMode": "dynamic",
    "spark.sql.ansi.enabled": "true",
}
"""Options that decide results; whoever submits sets those that decide speed and place."""
_ASKED_MOST = ("functions", "PythonUtils", "PythonSQLUtils")
"""Java classes behind every column of PySpark."""
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
    _remember_members(session)
    return session


class _KnownMembers:
    """A Java class whose members are looked up once.

    Py4J asks Java for a member's kind at each use, and Java looks for a class of that name in
    every jar that it has: a twentieth of a small night.
    """

    def __init__(self, java_class: Any) -> None:  # noqa: ANN401 (Py4J has no types)
        self.__dict__["_java_class"] = java_class

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        member = getattr(self.__dict__["_java_class"], name)
        self.__dict__[name] = member
        return member


def _remember_members(session: SparkSession) -> None:
    java = session.sparkContext._jvm  # noqa: SLF001 (PySpark itself goes this way)
    for name in _ASKED_MOST:
        # The session may be one that runs already.
        if name not in vars(java):
            setattr(java, name, _KnownMembers(getattr(java, name)))
