"""Product priors: for each product the strength of every prior it has, for the blend.

Popularity is a share here: of all, of the category, of the region or season. Ratings are stars
scaled to 0..1. The blend compares products under one prior and never two priors.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.prior import PriorName, popularity_within
from personalization.priors import warehouse as names


def as_prior(members: DataFrame, name: PriorName) -> DataFrame:
    """Turn any list of products into product -> the named prior."""
    return _as_members_of_products(members, F.lit(name.value))


def as_scoped_popularity(members: DataFrame) -> DataFrame:
    """Turn the shares of regions and seasons into product -> its popularity in each."""
    name = F.concat(F.lit(popularity_within("")), F.col(names.KEY))
    return _as_members_of_products(members, name)


def _as_members_of_products(members: DataFrame, name: Column) -> DataFrame:
    return members.select(
        F.col(names.MEMBER_ID).alias(names.KEY),
        name.alias(names.MEMBER_ID),
        names.STRENGTH,
        names.VALUE,
        names.SUPPORT,
    )
