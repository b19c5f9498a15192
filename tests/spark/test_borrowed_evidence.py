"""What cold products borrow of similar ones, by numbers worked out by hand."""

import pytest
from pyspark.sql import DataFrame, SparkSession

from spark_jobs.transforms.borrowed_evidence import (
    COLD_VIEWERS,
    HALFWAY,
    MOST_COLD,
    SHARE,
    cold_products,
    lending_sources,
    with_cold_members,
    with_lists_of_cold,
)
from tests.spark.frames import products

Chances = dict[tuple[str, str], tuple[float, int]]
FOLLOWING: Chances = {
    ("known", "next"): (0.4, 9),
    ("before", "known"): (0.3, 7),
    ("other", "next"): (0.2, 3),
    ("source", "flooded"): (0.4, 5),
    ("source", "drowned"): (0.2, 5),
    ("young", "own"): (0.8, 2),
    ("before", "young"): (0.1, 1),
}
"""Key and what follows it -> chance and support."""
SIMILAR = {
    ("new", "known"): 0.9,
    ("between", "known"): 0.6,
    ("between", "other"): 0.2,
    ("young", "known"): 0.9,
    ("orphan", "scarce"): 0.9,
    **{(f"flood-{number:02}", "flooded"): 0.5 for number in range(MOST_COLD)},
    **{(f"flood-{number:02}", "drowned"): 0.5 for number in range(10, MOST_COLD + 10)},
}
VIEWERS = {"known": 90, "other": 90, "flooded": 90, "drowned": 90, "young": HALFWAY, "scarce": 3}


def _followers(spark: SparkSession) -> DataFrame:
    rows = [(*pair, *of) for pair, of in FOLLOWING.items()]
    return spark.createDataFrame(rows, "key string, member_id string, value double, support long")


def _viewers(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(list(VIEWERS.items()), "item string, viewers long")


@pytest.fixture(scope="module")
def chances(spark: SparkSession) -> Chances:
    rows = [(*pair, of) for pair, of in SIMILAR.items()]
    similar = spark.createDataFrame(rows, "key string, member_id string, strength double")
    sources = lending_sources(similar, _viewers(spark)).cache()
    made = with_cold_members(with_lists_of_cold(_followers(spark), sources), sources).collect()
    return {(row.key, row.member_id): (round(row.value, 9), row.support) for row in made}


def test_a_product_without_views_has_the_followers_of_its_neighbours_and_their_place(
    chances: Chances,
) -> None:
    assert chances["new", "next"] == (0.4, 9)
    assert chances["before", "new"] == (round(SHARE * 0.3, 9), 7)


def test_neighbours_lend_by_their_similarity(chances: Chances) -> None:
    assert chances["between", "next"] == (round(0.75 * 0.4 + 0.25 * 0.2, 9), 9)


def test_own_views_take_the_place_of_what_is_borrowed(chances: Chances) -> None:
    assert chances["young", "own"] == (0.4, 2)
    assert chances["young", "next"] == (0.2, 9)
    assert chances["before", "young"] == (round(0.1 + SHARE * 0.5 * 0.3, 9), 7)


def test_lists_of_known_products_stay_and_what_few_viewed_lends_nothing(chances: Chances) -> None:
    assert chances["known", "next"] == FOLLOWING["known", "next"]
    assert chances["before", "known"] == FOLLOWING["before", "known"]
    assert not [pair for pair in chances if "orphan" in pair]


def test_new_products_do_not_flood_a_list(chances: Chances) -> None:
    lent = {member for key, member in chances if key == "source" and member.startswith("flood-")}
    # Those of one product or both are thirty; the last ones of the weaker product are left out.
    assert len(lent) == MOST_COLD
    assert "flood-00" in lent
    assert f"flood-{MOST_COLD + 9}" not in lent


def test_a_shop_without_cold_products_lends_nothing(spark: SparkSession) -> None:
    nothing = spark.createDataFrame([], "key string, member_id string, strength double")
    assert lending_sources(nothing, _viewers(spark)).isEmpty()


def test_products_are_cold_until_enough_shoppers_viewed_them(spark: SparkSession) -> None:
    catalogue = products(spark, *({"product_id": name} for name in ("new", "young", "known")))
    cold = cold_products(catalogue, _viewers(spark)).collect()
    assert {row.product_id for row in cold} == {"new", "young"}
    assert HALFWAY < COLD_VIEWERS <= VIEWERS["known"]
