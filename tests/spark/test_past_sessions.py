"""Sessions for the session index, by their views."""

from datetime import timedelta

from pyspark.sql import DataFrame, SparkSession

from personalization.neighbours.session_index import PastSession
from spark_jobs.transforms import affinity
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms.past_sessions import past_sessions
from tests.spark.frames import NOON, events, products


def _views(spark: SparkSession) -> DataFrame:
    """Return sessions that view a, b; b, a, a, a, a; c alone; a, c - the last ended first."""
    sessions = (("s1", "ab", 60), ("s2", "baaaa", 120), ("s3", "c", 0), ("s4", "ac", 0))
    given = [
        {
            "session_id": session,
            "product_ids": [item],
            "occurred_at": NOON + timedelta(seconds=start + number),
        }
        for session, items, start in sessions
        for number, item in enumerate(items)
    ]
    cart = {"session_id": "s3", "type": "add_to_cart", "product_ids": ["a"]}
    known = products(spark, *({"product_id": item} for item in "abc"))
    return affinity.viewed_products(seen.counted_products(events(spark, *given, cart), known))


def test_the_newest_sessions_come_oldest_first_with_the_views_that_count_in_order(
    spark: SparkSession,
) -> None:
    noon = int(NOON.timestamp())
    # A fourth view of one product on one day does not count.
    assert past_sessions(_views(spark), 2) == [
        PastSession(noon + 61, ("a", "b")),
        PastSession(noon + 123, ("b", "a", "a", "a")),
    ]
