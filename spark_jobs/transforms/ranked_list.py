"""The last step of every table: members become ranked lists."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from personalization.priors import warehouse as names

MEMBER_COLUMNS = (names.KEY, names.MEMBER_ID, names.STRENGTH, names.VALUE, names.SUPPORT)
"""What a transform returns for a table."""


def rank_members(members: DataFrame, list_size: int, *by: str) -> DataFrame:
    """Rank members within their key and keep the first `list_size`, ranks counting from 1.

    The order is total (strength, then support, then the id), so that a second run agrees. Other
    columns that say the same as the key may be named, where Spark has the rows together by them.
    """
    order = Window.partitionBy(*(by or (names.KEY,))).orderBy(
        F.desc(names.STRENGTH), F.desc(names.SUPPORT), F.asc(names.MEMBER_ID)
    )
    return (
        members.select(*MEMBER_COLUMNS, *by)
        .withColumn(names.RANK, F.row_number().over(order))
        .where(F.col(names.RANK) <= list_size)
        .drop(*by)
    )
