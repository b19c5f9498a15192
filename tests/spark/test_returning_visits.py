"""What the shares of tastes are fitted to: returns after a day, by what was known before it."""

from datetime import timedelta
from typing import Any

from pyspark.sql import SparkSession

from personalization.domain.tastes import TasteTerm
from personalization.ranking.fitted_tastes import HAND_SET
from spark_jobs import schemas
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms.returning_visits import TasteInput, taste_shares
from spark_jobs.transforms.shoppers import with_shopper
from spark_jobs.transforms.tastes import acts_of_known_users, product_traits, sized_interactions
from tests.spark.frames import DAY, events, products

PERIOD = 50
"""Of which the last ten days are asked about."""


def _input(spark: SparkSession, people: int) -> TasteInput:
    """Return a shop whose people come back to their own product, twice after the tenth last day."""
    catalogue = [{"product_id": f"p{number}"} for number in range(people)]
    known, none = products(spark, *catalogue), spark.createDataFrame([], schemas.GROUPS)
    given: list[dict[str, Any]] = [
        {
            "session_id": f"{person}-{ago}",
            "user_id": f"u{person}",
            "product_ids": [f"p{person}"],
            "day": DAY - timedelta(days=ago),
        }
        for person in range(people)
        for ago in (30, 20, 8, 2)
    ]
    happened = events(spark, *given)
    counted = seen.counted_products(happened, known)
    sizes = sized_interactions(acts_of_known_users(with_shopper(happened)), known, none)
    return TasteInput(counted, sizes, product_traits(known, none), 30)


def test_people_who_come_back_to_their_products_give_these_a_share(spark: SparkSession) -> None:
    found = taste_shares(_input(spark, 150), DAY, PERIOD)

    assert found[TasteTerm.PRODUCTS] > 0
    assert found[TasteTerm.BRANDS] == found[TasteTerm.SIZES] == 0


def test_of_few_returns_nothing_is_learned(spark: SparkSession) -> None:
    assert taste_shares(_input(spark, 5), DAY, PERIOD) == HAND_SET
