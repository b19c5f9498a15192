"""Explicit schemas of what Spark reads and writes, and the check of a frame against one."""

from pyspark.sql import DataFrame
from pyspark.sql.types import (
    ArrayType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from personalization.domain import warehouse as names
from personalization.domain.errors import GenerationRejectedError

HISTORY = StructType(
    [
        StructField(names.EVENT_ID, StringType()),
        StructField(names.SESSION_ID, StringType()),
        StructField(names.TYPE, StringType()),
        StructField(names.OCCURRED_AT, TimestampType()),
        StructField(names.PRODUCT_IDS, ArrayType(StringType())),
        StructField(names.CATEGORY_ID, StringType()),
        StructField(names.REGION, StringType()),
        StructField(names.STARS, DoubleType()),
        StructField(names.REWARD, LongType()),
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
    ]
)

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


def checked(frame: DataFrame, schema: StructType) -> DataFrame:
    """Return the frame with exactly the columns of the schema, in its order.

    Raises `GenerationRejectedError` where a column is missing or of another type.
    """
    found = {field.name: field.dataType for field in frame.schema.fields}
    wrong = [
        f"{field.name}: {found.get(field.name)} instead of {field.dataType}"
        for field in schema.fields
        if found.get(field.name) != field.dataType
    ]
    if wrong:
        raise GenerationRejectedError(f"A frame does not fit its schema: {'; '.join(wrong)}")
    return frame.select(*schema.names)
