"""Sessions for the session index, by their views."""

from datetime import timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from personalization.domain.event import EventType
from personalization.domain.identifiers import SessionId
from personalization.neighbours.erasures import digest_number, session_digest
from personalization.neighbours.past_session import Act, PastSession
from spark_jobs.transforms import affinity
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms.past_sessions import long_looks, past_sessions, session_acts
from spark_jobs.transforms.session_digests import without_sessions
from tests.spark.frames import NOON, events, products


def _sessions(spark: SparkSession, *more: dict[str, Any]) -> tuple[DataFrame, DataFrame]:
    """Return views and acts of sessions that view a, b; b, a, a, a, a; c alone; a, c.

    The last ended first.
    """
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
    history = events(spark, *given, cart, *more)
    counted = seen.counted_products(history, known)
    return affinity.viewed_products(counted), session_acts(counted, long_looks(history))


def _read(sessions: DataFrame) -> list[PastSession]:
    """Return the sessions, oldest first."""
    return [
        PastSession(
            row.ended_at,
            tuple(row.views),
            tuple(Act(act.views_before, act.product, EventType(act.type)) for act in row.acts),
            digest_number(row.digest),
        )
        for row in reversed(sessions.collect())
    ]


def test_the_newest_sessions_come_oldest_first_with_the_views_that_count_in_order(
    spark: SparkSession,
) -> None:
    noon = int(NOON.timestamp())
    # A fourth view of one product on one day does not count.
    assert _read(past_sessions(*_sessions(spark), 2)) == [
        PastSession(noon + 61, ("a", "b")),
        PastSession(noon + 123, ("b", "a", "a", "a")),
    ]


def test_acts_stand_behind_the_views_before_them(spark: SparkSession) -> None:
    def act(type_: str, item: str, seconds: float, reward: int) -> dict[str, Any]:
        return {
            "session_id": "s1",
            "type": type_,
            "product_ids": [item],
            "occurred_at": NOON + timedelta(seconds=seconds),
            "reward": reward,
        }

    given = [
        act("add_to_cart", "b", 62, 3_000),
        act("add_to_cart", "a", 60.5, 3_000),
        act("feedback", "c", 63, -4_000),
        # Only both together are a long look.
        act("dwell", "a", 64, 200),
        act("dwell", "a", 65, 200),
        act("remove_from_cart", "b", 66, -3_000),
    ]
    *_, session = _read(past_sessions(*_sessions(spark, *given), 3))[:-1]
    assert session == PastSession(
        int(NOON.timestamp()) + 61,
        ("a", "b"),
        (
            Act(1, "a", EventType.ADD_TO_CART),
            Act(2, "b", EventType.ADD_TO_CART),
            Act(2, "a", EventType.DWELL),
            Act(2, "b", EventType.REMOVE_FROM_CART),
        ),
    )


def test_a_digest_is_the_one_that_the_list_of_erased_sessions_has(spark: SparkSession) -> None:
    digests = [session_digest("a key", SessionId(name)) for name in ("s1", "s2")]

    newest = _read(past_sessions(*_sessions(spark), 2, "a key"))
    assert [session.digest for session in newest] == [digest_number(name) for name in digests]

    given = events(spark, {"session_id": "s1"}, {"session_id": "s2"}, {"session_id": "s3"})
    kept = without_sessions(given, "a key", digests)
    assert [row.session_id for row in kept.collect()] == ["s3"]
    assert without_sessions(given, "a key", ()) is given
