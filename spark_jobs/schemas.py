"""Explicit schemas of what Spark reads and writes, and the check of a frame against one."""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from personalization.domain.errors import GenerationRejectedError
from personalization.off_policy import round_columns
from personalization.priors import warehouse as names

HISTORY = StructType(
    [
        StructField(names.EVENT_ID, StringType()),
        StructField(names.SESSION_ID, StringType()),
        StructField(names.USER_ID, StringType()),
        StructField(names.TYPE, StringType()),
        StructField(names.OCCURRED_AT, TimestampType()),
        StructField(names.PRODUCT_IDS, ArrayType(StringType())),
        StructField(names.CATEGORY_ID, StringType()),
        StructField(names.REGION, StringType()),
        StructField(names.STARS, DoubleType()),
        StructField(names.REWARD, LongType()),
        StructField(names.CONSENT, StringType()),
        StructField(names.VARIANT_IDS, ArrayType(StringType())),
        StructField(names.DAY, DateType()),
    ]
)
"""Events; the day comes from the folder's name."""

PRODUCTS = StructType(
    [
        StructField(names.PRODUCT_ID, StringType()),
        StructField(names.CATEGORY_ID, StringType()),
        StructField(names.STARS, DoubleType()),
        StructField(names.RATING_COUNT, LongType()),
        StructField(names.BOUGHT_LAST_MONTH, LongType()),
        StructField(names.LISTED_ON, DateType()),
        StructField(names.TITLE, StringType()),
        StructField(names.COLOUR, StringType()),
        StructField(names.PRICE, DoubleType()),
        StructField(names.BRAND, StringType()),
        StructField(names.SIZE, StringType()),
    ]
)

GROUPS = StructType(
    [
        StructField(names.PRODUCT_ID, StringType()),
        StructField(names.GROUP_ID, StringType()),
        StructField(names.SIZE, StringType()),
    ]
)
"""Variants with their parents."""

CATEGORIES = StructType([StructField(names.CATEGORY_ID, StringType())])

PRIORS = StructType(
    [
        StructField(names.TABLE, StringType()),
        StructField(names.KEY, StringType()),
        StructField(names.RANK, IntegerType()),
        StructField(names.MEMBER_ID, StringType()),
        StructField(names.STRENGTH, DoubleType()),
        StructField(names.VALUE, DoubleType()),
        StructField(names.SUPPORT, LongType()),
    ]
)
"""Every table of a generation."""

EVENT_DAYS = StructType(
    [StructField("day", DateType(), nullable=False), StructField("bucket", IntegerType())]
)
"""Table `event_days` of Cassandra: which partitions of `events_by_day` there are."""

STORED_EVENTS = StructType(
    [
        *EVENT_DAYS.fields,
        StructField("event_id", StringType()),
        StructField("session_id", StringType()),
        StructField("user_id", StringType()),
        StructField("type", StringType()),
        StructField("occurred_at_us", LongType()),
        StructField("product_ids", ArrayType(StringType())),
        StructField("category_id", StringType()),
        StructField("region", StringType()),
        StructField("bundle_id", StringType()),
        StructField("thumb", IntegerType()),
        StructField("rating", DoubleType()),
        StructField("duration_ms", IntegerType()),
        StructField("attested", BooleanType()),
        StructField("consent", StringType()),
        StructField("variant_ids", ArrayType(StringType())),
    ]
)
"""What a night reads of table `events_by_day` of Cassandra."""

_LIST_NAME = [
    StructField("generation_id", StringType(), nullable=False),
    StructField("prior_table", StringType()),
    StructField("list_key", StringType()),
]
PRIOR_KEYS = StructType(_LIST_NAME)
"""Table `prior_keys` of Cassandra."""

PRIOR_LISTS = StructType(
    [
        *_LIST_NAME,
        StructField("member_ids", ArrayType(StringType())),
        StructField("strengths", ArrayType(DoubleType())),
        StructField("member_values", ArrayType(DoubleType())),
        StructField("supports", ArrayType(LongType())),
    ]
)
"""Table `prior_lists` of Cassandra: members run parallel, best first."""

LOGGED_ROUNDS = StructType(
    [
        StructField(round_columns.SESSION_ID, StringType()),
        StructField(round_columns.PLACEMENT, StringType()),
        StructField(round_columns.STRATEGY, StringType()),
        StructField(round_columns.REWARD, DoubleType()),
        StructField(round_columns.PROPENSITY, DoubleType()),
        StructField(round_columns.CHOSEN, IntegerType()),
        StructField(round_columns.LOGGING, ArrayType(DoubleType())),
        StructField(round_columns.PREDICTED, ArrayType(DoubleType())),
        StructField(round_columns.TARGETS, MapType(StringType(), ArrayType(DoubleType()))),
    ]
)
"""A day's rounds for the off-policy evaluation; arrays run over the actions that remained."""


def fit_schema(frame: DataFrame, schema: StructType) -> DataFrame:
    """Return the frame with exactly the columns of the schema, in its order.

    Whether a column may be null is not compared: Spark derives that from the expression. Raises
    `GenerationRejectedError` where a column is missing or of another type.
    """
    found = {field.name: _type_of(field) for field in frame.schema.fields}
    wrong = [
        f"{field.name}: {found.get(field.name)} instead of {_type_of(field)}"
        for field in schema.fields
        if found.get(field.name) != _type_of(field)
    ]
    if wrong:
        raise GenerationRejectedError(f"A frame does not fit its schema: {'; '.join(wrong)}")
    return frame.select(*schema.names)


def no_rows(spark: SparkSession, schema: StructType) -> DataFrame:
    """Return a frame without rows; `createDataFrame` would have executors start Python for it."""
    columns = [F.lit(None).cast(field.dataType).alias(field.name) for field in schema.fields]
    return spark.range(0).select(*columns)


def _type_of(field: StructField) -> DataType:
    kind = field.dataType
    return ArrayType(kind.elementType) if isinstance(kind, ArrayType) else kind
