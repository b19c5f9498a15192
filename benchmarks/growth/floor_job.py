"""The least that a night of Spark could do: read the events, group them three times, write.

`python -m benchmarks.growth.floor_job EVENTS TARGET [OPTION=VALUE ...]` takes the folder of
generated events. Products, products by country, and pairs of products of a visit, of which at most
`MOST_OF_A_VISIT` count.
"""

import sys

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812

MOST_OF_A_VISIT = 20


def write_floor(events: DataFrame, target: str) -> None:
    views = events.where("product_id IS NOT NULL").select("session_id", "product_id", "country")
    counted = {
        "by_product": views.groupBy("product_id").count(),
        "by_product_and_country": views.groupBy("product_id", "country").count(),
        "by_pair": _pairs(events),
    }
    for name, frame in counted.items():
        frame.write.mode("overwrite").parquet(f"{target}/{name}")


def _pairs(events: DataFrame) -> DataFrame:
    newest = Window.partitionBy("session_id").orderBy(F.desc("timestamp"), "product_id")
    kept = (
        events.where("product_id IS NOT NULL")
        .select("session_id", "timestamp", "product_id", F.row_number().over(newest).alias("place"))
        .where(F.col("place") <= MOST_OF_A_VISIT)
        .groupBy("session_id")
        .agg(F.sort_array(F.collect_set("product_id")).alias("products"))
    )
    first = kept.select("products", F.posexplode("products").alias("place", "first"))
    behind = F.expr("slice(products, place + 2, size(products))")
    second = first.select("first", F.explode(behind).alias("second"))
    return second.groupBy("first", "second").count()


def main(events: str, target: str, *options: str) -> None:
    builder = SparkSession.builder.appName("floor").master("local[2]")
    for option in options:
        name, _, value = option.partition("=")
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    write_floor(spark.read.parquet(events), target)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
