"""From the rows of a generation's tables to ranked lists as Cassandra keeps them."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.identifiers import GenerationId
from personalization.priors import warehouse as names


def as_lists(rows: DataFrame, generation_id: GenerationId) -> DataFrame:
    """Return one row per table and key, its members in parallel arrays by rank."""
    member = F.struct(names.RANK, names.MEMBER_ID, names.STRENGTH, names.VALUE, names.SUPPORT)
    return (
        rows.groupBy(names.TABLE, names.KEY)
        .agg(F.sort_array(F.collect_list(member)).alias("members"))
        .select(
            F.lit(generation_id).alias("generation_id"),
            F.col(names.TABLE).alias("prior_table"),
            F.col(names.KEY).alias("list_key"),
            F.col(f"members.{names.MEMBER_ID}").alias("member_ids"),
            F.col(f"members.{names.STRENGTH}").alias("strengths"),
            F.col(f"members.{names.VALUE}").alias("member_values"),
            F.col(f"members.{names.SUPPORT}").alias("supports"),
        )
    )
