"""Products of similar content, by cosines worked out by hand."""

from math import log

from pyspark.sql import DataFrame, SparkSession

from personalization.priors import warehouse as names
from spark_jobs.transforms.content_similarity import (
    BLOCK_TERMS,
    LARGEST_BLOCK,
    MOST_COMPARISONS,
    SMALLEST_BLOCK,
    largest_block,
    similar_products,
)
from tests.spark.frames import assert_members, products


def _similar(catalogue: DataFrame) -> DataFrame:
    return similar_products(catalogue, catalogue.select(names.PRODUCT_ID))


def _weight(products_with_it: int, of: int) -> int:
    return round(1000 * log(of / products_with_it))


def test_similarity_is_the_cosine_of_shared_terms_to_the_products_wanted(
    spark: SparkSession,
) -> None:
    catalogue = products(
        spark,
        {"product_id": "a", "title": "Wool scarf A-17", "category_id": "scarves"},
        {"product_id": "b", "title": "wool SCARF B-2", "category_id": "scarves"},
        {"product_id": "c", "title": "Wool dress C-9", "category_id": "dresses"},
        {"product_id": "d", "title": "Oak table", "category_id": "tables"},
    )
    wanted = catalogue.select(names.PRODUCT_ID).where("product_id = 'a'")
    scarf, wool = _weight(2, of=4), _weight(3, of=4)
    # Scarves share the word, the category and wool; the dress has nothing but wool to share.
    of_wool = wool / (2 * scarf**2 + wool**2) ** 0.5

    assert_members(
        similar_products(catalogue, wanted),
        ("a", "b", 1.0, 1.0, 3),
        ("a", "c", of_wool, of_wool, 1),
    )


def test_colour_and_price_step_count_alone_and_within_the_category(spark: SparkSession) -> None:
    red = {"colour": "Red", "price": 40.0}
    catalogue = products(
        spark,
        {"product_id": "a", **red},
        {"product_id": "b", "colour": "red", "price": 38.0},
        {"product_id": "c", "category_id": "skirts", **red},
        {"product_id": "d", "category_id": "skirts", "colour": "blue", "price": 400.0},
    )
    found = {(row.key, row.member_id): row for row in _similar(catalogue).collect()}

    assert (found["a", "b"].value, found["a", "b"].support) == (1.0, 5)
    # The skirts share their category; that three of four are red at one price says too little.
    assert found.keys() == {("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")}


def test_what_everything_or_too_much_has_in_common_makes_nothing_similar(
    spark: SparkSession,
) -> None:
    numbered = [{"product_id": f"p{n}", "title": f"Thing {n}"} for n in range(LARGEST_BLOCK + 1)]
    hats = [
        {"product_id": name, "title": "Thing hat", "category_id": "hats"} for name in ("h1", "h2")
    ]
    found = _similar(products(spark, *numbered, *hats)).collect()
    assert {row.key for row in found} == {"h1", "h2"}


def test_the_more_products_are_wanted_the_rarer_are_the_terms_they_are_compared_by() -> None:
    assert largest_block(0) == largest_block(10_000) == LARGEST_BLOCK
    assert largest_block(50_000) * 50_000 * BLOCK_TERMS <= MOST_COMPARISONS
    assert largest_block(10**9) == SMALLEST_BLOCK
