"""What happened to a product before it was a variant is its parent's."""

from pyspark.sql import SparkSession

from spark_jobs import schemas
from spark_jobs.transforms.variants import with_parents
from tests.spark.frames import events


def test_variants_of_past_events_give_way_to_their_parents_line_by_line(
    spark: SparkSession,
) -> None:
    past = events(
        spark,
        {"product_ids": ["polo-l", "hat", "polo-s"]},
        {"product_ids": ["hat"]},
        {"product_ids": []},
    )
    rows = [("polo-s", "polo", "S"), ("polo-l", "polo", None)]
    groups = spark.createDataFrame(rows, schemas.GROUPS)
    counted = with_parents(past, groups)
    assert counted.columns == past.columns
    found = [row["product_ids"] for row in counted.orderBy("event_id").collect()]
    assert found == [["polo", "hat", "polo"], ["hat"], []]


def test_without_groups_events_stay_the_very_frame(spark: SparkSession) -> None:
    past = events(spark, {"product_ids": ["hat"]})
    assert with_parents(past, spark.createDataFrame([], schemas.GROUPS)) is past
