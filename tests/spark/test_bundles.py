"""Bundles, by numbers worked out by hand."""

from collections.abc import Sequence
from math import log

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.transforms import bundles
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms.bundles import BasketSource
from spark_jobs.transforms.ranked_list import rank_members
from tests.spark.frames import assert_members, events, products


def _pairs(spark: SparkSession, *baskets: Sequence[str]) -> DataFrame:
    rows = [(number, list(basket)) for number, basket in enumerate(baskets)]
    taken = spark.createDataFrame(rows, "shopper long, basket array<string>")
    return bundles.bundle_pairs(bundles.pairs_together(taken), taken, minimum_support=3)


def test_a_bundle_is_as_strong_as_its_support_times_the_logarithm_of_its_lift(
    spark: SparkSession,
) -> None:
    # Eight baskets: ab has lift 3 * 8 / (3 * 3), cd 3 * 8 / (5 * 3).
    pairs = _pairs(spark, *["ab"] * 3, *["cd"] * 3, "c", "c")
    weaker = log(1.6) / log(8 / 3)
    assert_members(
        bundles.bundles_of_products(pairs),
        ("a", "a+b", 1.0, 8 / 3, 3),
        ("b", "a+b", 1.0, 8 / 3, 3),
        ("c", "c+d", weaker, 1.6, 3),
        ("d", "c+d", weaker, 1.6, 3),
    )


def test_the_products_of_a_bundle_tell_how_often_the_other_one_comes_along(
    spark: SparkSession,
) -> None:
    pairs = _pairs(spark, *["ab"] * 3, *["cd"] * 3, "c", "c")
    kept = rank_members(bundles.bundles_of_products(pairs), 10).where("key = 'c'")
    assert_members(
        bundles.products_of_bundles(pairs, kept),
        ("c+d", "d", 1.0, 1.0, 3),
        ("c+d", "c", 0.6, 0.6, 3),
    )


def test_pairs_that_chance_explains_and_rare_pairs_are_no_bundles(spark: SparkSession) -> None:
    # ab: lift 4 * 4 / (4 * 4) = 1; xy: only twice.
    assert _pairs(spark, *["ab"] * 4).count() == 0
    assert _pairs(spark, "xy", "xy", "q", "q").count() == 0


def test_an_oversized_basket_is_left_out(spark: SparkSession) -> None:
    many = [f"p{number}" for number in range(bundles.MAXIMUM_BASKET + 1)]
    bought = events(
        spark,
        {"type": "checkout", "product_ids": many, "session_id": "wholesale"},
        {"type": "checkout", "product_ids": many[:2]},
    )
    known = products(spark, *({"product_id": product} for product in many))
    made = bundles.baskets(seen.counted_products(bought, known), BasketSource.CHECKOUT)
    assert [sorted(row.basket) for row in made.collect()] == [["p0", "p1"]]


def test_baskets_of_one_shopper_are_no_bundle_however_many(spark: SparkSession) -> None:
    bought = [
        {"session_id": f"s{number}", "product_ids": list(basket), "type": "checkout"}
        for number, basket in enumerate(["ab"] * 3 + ["cd"] * 6 + ["e"] * 6)
    ]
    one_user = [{**line, "user_id": "u"} for line in bought if line["product_ids"] == ["c", "d"]]
    one_session = [{"product_ids": ["e", "f"], "type": "checkout"}] * 4_000
    known = products(spark, *({"product_id": item} for item in "abcdef"))
    history = events(spark, *bought[:3], *bought[9:], *one_user, *one_session)
    taken = bundles.baskets(seen.counted_products(history, known), BasketSource.CHECKOUT)
    made = bundles.bundle_pairs(bundles.pairs_together(taken), taken, minimum_support=1)
    assert [(row.a, row.b, row.support) for row in made.collect()] == [("a", "b", 3)]


def test_checkouts_are_better_evidence_than_carts_and_carts_than_views() -> None:
    def source_of(view: int = 0, cart: int = 0, checkout: int = 0) -> BasketSource:
        shoppers = (checkout, cart, view)
        return bundles.best_source(dict(zip(BasketSource, shoppers, strict=True)))

    assert source_of(view=3) is BasketSource.VIEW
    assert source_of(view=3, cart=3) is BasketSource.CART
    assert source_of(view=3, cart=3, checkout=3) is BasketSource.CHECKOUT
    # The false checkout of one is no evidence of what goes together.
    assert source_of(view=3, checkout=1) is BasketSource.VIEW
    assert source_of() is BasketSource.VIEW


def test_bundles_of_ids_with_a_plus_sign_are_not_mistaken_for_each_other(
    spark: SparkSession,
) -> None:
    long = 100 * "x"
    baskets = [["a+b", "c"]] * 3 + [["a", "b+c"]] * 3 + [[long, f"{long}y"]] * 3

    pairs = _pairs(spark, *baskets)

    ids = [row.bundle_id for row in pairs.collect()]
    assert len(set(ids)) == 3
    assert all(len(bundle_id) == bundles.DIGEST_LENGTH for bundle_id in ids)
