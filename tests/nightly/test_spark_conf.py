"""What each submit passes to Spark, and what it leaves out."""

from pydantic import SecretStr

from nightly.spark_conf import connector_conf, spark_conf
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


def test_options_of_the_settings_win_over_all_others() -> None:
    nightly = NightlySettings(
        spark_driver_memory="8g",
        spark_conf={"spark.sql.shuffle.partitions": "200", "spark.executor.memory": "4g"},
    )
    conf = spark_conf(nightly)
    assert conf["spark.driver.memory"] == "8g"
    assert conf["spark.sql.shuffle.partitions"] == "200"
    assert conf["spark.executor.memory"] == "4g"


def test_a_job_over_cassandra_is_told_of_the_cluster_but_not_of_the_password() -> None:
    conf = connector_conf(NightlySettings(spark_conf=PACKAGES), CASSANDRA)
    assert conf["spark.cassandra.connection.host"] == "one:9042,two:9043"
    assert conf["spark.cassandra.connection.localDC"] == "dc1"
    assert conf["spark.cassandra.auth.username"] == "shop"
    assert conf["spark.cassandra.output.consistency.level"] == "LOCAL_ONE"
    assert "s3cret" not in str(conf)


def test_a_connector_that_the_settings_bring_is_not_fetched_as_well() -> None:
    conf = connector_conf(NightlySettings(spark_conf=PACKAGES), CASSANDRA)
    assert "spark.jars" not in conf
    assert conf["spark.jars.packages"] == PACKAGES["spark.jars.packages"]
