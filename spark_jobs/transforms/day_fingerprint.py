"""What the events of a day are, in one short text that does not depend on their order.

Each event becomes a line, each line its SHA-256, and of a day's hashes the first and the second
fifteen hexadecimal digits are summed. `nightly.snapshots.day_fingerprint` says the same without
Spark: the same history has the same fingerprint wherever it is kept.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.priors import warehouse as names

FINGERPRINT = "fingerprint"


def day_fingerprints(history: DataFrame) -> DataFrame:
    digest = F.sha2(event_line(), 256)
    return (
        history.select(names.DAY, digest.alias("digest"))
        .groupBy(names.DAY)
        .agg(F.count("*").alias("events"), _sum_of(1).alias("first"), _sum_of(16).alias("second"))
        .select(names.DAY, F.concat_ws("-", "events", "first", "second").alias(FINGERPRINT))
    )


def _sum_of(start: int) -> Column:
    digits = F.substring("digest", start, names.FINGERPRINT_DIGITS)
    return F.sum(F.conv(digits, 16, 10).cast("decimal(20,0)"))


def event_line() -> Column:
    """Return the line of an event: its columns but the day, in the order of the schema."""
    millionths = F.rint(F.col(names.STARS) * names.STAR_UNIT).cast("long")
    columns = (
        F.col(names.EVENT_ID),
        F.col(names.SESSION_ID),
        F.col(names.USER_ID),
        F.col(names.TYPE),
        F.unix_micros(names.OCCURRED_AT),
        F.array_join(names.PRODUCT_IDS, names.ID_SEPARATOR),
        F.col(names.CATEGORY_ID),
        F.col(names.REGION),
        millionths,
        F.col(names.REWARD),
    )
    texts = (F.coalesce(column.cast("string"), F.lit(names.ABSENT)) for column in columns)
    # What is null is left out: an event of which no consent is known has the line it always had.
    return F.concat_ws(names.FIELD_SEPARATOR, *texts, F.col(names.CONSENT))
