"""What the night's Spark is started with: sizes that follow the data and the machine."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from nightly.spark_options import (
    GIB,
    Machine,
    NightSize,
    NightTooLargeError,
    connector_options,
    spark_options,
)
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.nightly import NightlySettings

PACKAGES = {"spark.jars.packages": "com.datastax.spark:spark-cassandra-connector_2.12:3.5.1"}
CASSANDRA = CassandraSettings(
    contact_points="one:9042,two:9043",
    local_datacenter="dc1",
    consistency="LOCAL_ONE",
    username="shop",
    password=SecretStr("s3cret"),
)
NIGHTLY = NightlySettings()
ROOMY = Machine(memory_bytes=64 * GIB, disk_bytes=500 * GIB)
SMALL = NightSize(events=100_000, products=200)
LARGE = NightSize(events=20_000_000, products=1_300_000)


def test_options_of_the_settings_win_over_all_others() -> None:
    nightly = NightlySettings(
        spark_driver_memory="8g",
        spark_java_options="-Xss4m",
        spark_conf={"spark.sql.shuffle.partitions": "200", "spark.executor.memory": "4g"},
    )
    options = spark_options(nightly, SMALL, ROOMY)
    assert options["spark.driver.memory"] == "8g"
    assert options["spark.driver.extraJavaOptions"] == "-Xss4m"
    assert options["spark.sql.shuffle.partitions"] == "200"
    assert options["spark.executor.memory"] == "4g"


def test_many_events_have_more_tasks_and_more_memory_and_are_planned_as_they_go() -> None:
    small, large = (spark_options(NIGHTLY, size, ROOMY) for size in (SMALL, LARGE))
    assert (small["spark.sql.shuffle.partitions"], large["spark.sql.shuffle.partitions"]) == (
        "2",
        "100",
    )
    assert (small["spark.driver.memory"], large["spark.driver.memory"]) == ("2048m", "4608m")
    assert small["spark.sql.adaptive.enabled"] == "false"
    assert large["spark.sql.adaptive.enabled"] == "true"


def test_the_memory_follows_the_machine() -> None:
    machine = replace(ROOMY, memory_bytes=6 * GIB)
    assert spark_options(NIGHTLY, LARGE, machine)["spark.driver.memory"] == "3072m"


def test_a_night_that_would_not_fit_is_refused_before_it_starts() -> None:
    with pytest.raises(NightTooLargeError, match=r"needs 2 GiB of memory, and 1.0 GiB are free"):
        spark_options(NIGHTLY, LARGE, replace(ROOMY, memory_bytes=1 * GIB))
    with pytest.raises(NightTooLargeError, match="are free where the warehouse is"):
        spark_options(NIGHTLY, LARGE, replace(ROOMY, disk_bytes=1 * GIB))


def test_memory_that_the_settings_name_and_disks_of_a_cluster_are_not_judged() -> None:
    little = Machine(memory_bytes=1 * GIB, disk_bytes=1 * GIB)
    given = NightlySettings(spark_driver_memory="900m", spark_master="spark://host:7077")
    assert spark_options(given, LARGE, little)["spark.driver.memory"] == "900m"


def test_a_night_over_cassandra_is_told_of_the_cluster_but_not_of_the_password() -> None:
    options = connector_options(NightlySettings(spark_conf=PACKAGES), CASSANDRA)
    assert options["spark.cassandra.connection.host"] == "one:9042,two:9043"
    assert options["spark.cassandra.connection.localDC"] == "dc1"
    assert options["spark.cassandra.auth.username"] == "shop"
    assert options["spark.cassandra.output.consistency.level"] == "LOCAL_ONE"
    assert "s3cret" not in str(options)
    assert connector_options(NIGHTLY, CassandraSettings()) == {}


def test_a_connector_that_the_settings_bring_is_not_fetched_as_well() -> None:
    options = connector_options(NightlySettings(spark_conf=PACKAGES), CASSANDRA)
    assert "spark.jars" not in options
    assert options["spark.jars.packages"] == PACKAGES["spark.jars.packages"]
