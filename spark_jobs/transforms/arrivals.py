"""New arrivals: products listed in the days before the run date."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.prior import GLOBAL_SCOPE
from personalization.priors import warehouse as names


def new_arrivals(products: DataFrame, run_date: date, new_arrival_days: int) -> DataFrame:
    """Return `global` -> new products; value: days since listed, strength falling to 0."""
    days = F.datediff(F.lit(run_date), F.col(names.LISTED_ON))
    return (
        products.withColumn("days", days)
        .where(F.col("days").between(0, new_arrival_days - 1))
        .select(
            F.lit(GLOBAL_SCOPE).alias(names.KEY),
            F.col(names.PRODUCT_ID).alias(names.MEMBER_ID),
            (1 - F.col("days") / new_arrival_days).alias(names.STRENGTH),
            F.col("days").cast("double").alias(names.VALUE),
            F.lit(1).cast("long").alias(names.SUPPORT),
        )
    )
