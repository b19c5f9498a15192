"""What Spark makes of Cassandra's events is what the export makes of the same events."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from nightly.snapshots.day_columns import day_batch
from nightly.snapshots.day_fingerprint import DayFingerprint
from personalization.codec.event_columns import consent_text
from personalization.codec.history_columns import columns_of
from personalization.codec.moments import to_microseconds
from personalization.domain.consent import ConsentPurpose
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import ShopUserId, UserId
from personalization.domain.reward import reward
from personalization.priors import warehouse as names
from personalization.vault.privacy_ring import PrivacyKey
from personalization.vault.pseudonym import PSEUDONYM, pseudonym_of
from spark_jobs import schemas
from spark_jobs.transforms.day_fingerprint import FINGERPRINT, day_fingerprints
from spark_jobs.transforms.stored_events import as_history, without_other_users
from tests.builders.event import an_event
from tests.builders.moments import NOON

EVENTS = [
    an_event(event_id="a", product_ids=("shirt-1", "shirt-2")),
    an_event(event_id="b", type=EventType.CATEGORY_VIEW, product_ids=(), user_id="u-1"),
    an_event(event_id="c", type=EventType.ADD_TO_CART, region=None, category_id=None),
    an_event(event_id="d", type=EventType.CHECKOUT, product_ids=("shirt-1", "ärmel-2")),
    an_event(event_id="e", type=EventType.CHECKOUT, bundle_id="shirt-1+hat-1"),
    an_event(event_id="f", type=EventType.IMPRESSION, product_ids=("shirt-3",), slots=(0,)),
    an_event(event_id="g", type=EventType.FEEDBACK, thumb=-1),
    an_event(event_id="h", type=EventType.FEEDBACK, thumb=1, rating=4.3),
    an_event(event_id="i", type=EventType.FEEDBACK, rating=1.0001, region=""),
    an_event(event_id="j", type=EventType.FEEDBACK),
    an_event(event_id="k", type=EventType.REMOVE_FROM_CART),
    an_event(event_id="l", type=EventType.REFUND, product_ids=("shirt-1", "shirt-2")),
    an_event(event_id="m", type=EventType.DWELL, duration_ms=20_000),
    an_event(event_id="n", type=EventType.DWELL, duration_ms=200_000),
    an_event(event_id="o", type=EventType.HOVER, duration_ms=700),
    an_event(event_id="p", type=EventType.HOVER),
    an_event(event_id="q", type=EventType.CHECKOUT, attested=False, bundle_id="b"),
    an_event(event_id="r", type=EventType.REFUND, attested=False),
    an_event(event_id="s", type=EventType.CHECKOUT, attested=True, consent=()),
    an_event(event_id="t", consent=(ConsentPurpose.MEASURE, ConsentPurpose.SHARE)),
]


def _stored_rows(spark: SparkSession, events: list[Event]) -> DataFrame:
    rows = [
        (
            event.occurred_at.astimezone(UTC).date(),
            3,
            event.event_id,
            event.session_id,
            event.user_id,
            event.type.value,
            to_microseconds(event.occurred_at),
            list(event.product_ids) or None,
            event.category_id,
            event.region,
            event.bundle_id,
            event.thumb,
            event.rating,
            event.duration_ms,
            event.attested,
            consent_text(event.consent),
            list(event.variant_ids) or None,
        )
        for event in events
    ]
    return spark.createDataFrame(rows, schemas.STORED_EVENTS)


@pytest.fixture(scope="module")
def history(spark: SparkSession) -> list[Row]:
    """Return the history's rows, their times as microseconds."""
    micros = F.unix_micros(names.OCCURRED_AT).alias("micros")
    made = as_history(_stored_rows(spark, EVENTS)).select("*", micros).orderBy(names.EVENT_ID)
    return made.collect()


def test_rewards_are_those_of_the_domain_in_thousandths(history: list[Row]) -> None:
    assert [row.reward for row in history] == [round(reward(event) * 1000) for event in EVENTS]
    assert [row.reward for row in history] == [
        *(1000, 500, 3000, 5000, 8000, 0, -4000, 2600, -4000, 0),
        *(-3000, -5000, 167, 500, 23, 0),
        *(0, 0, 5000, 1000),
    ]


def test_columns_come_over_whole(history: list[Row]) -> None:
    assert {row.micros for row in history} == {to_microseconds(NOON)}
    assert history[0].product_ids == ["shirt-1", "shirt-2"]
    assert history[1].product_ids == []
    assert (history[0].user_id, history[1].user_id) == (None, "u-1")
    assert (history[2].region, history[2].category_id) == (None, None)
    assert [row.consent for row in history[-3:]] == [None, "", "measure share"]
    assert history[7].stars == 4.3
    assert {row.day for row in history} == {NOON.date()}


def test_the_frame_has_the_schema_of_the_history(spark: SparkSession) -> None:
    schemas.fit_schema(as_history(_stored_rows(spark, EVENTS)), schemas.HISTORY)


def _by_python(events: list[Event]) -> str:
    fingerprint = DayFingerprint()
    fingerprint.add(day_batch(columns_of(events), {}))
    return fingerprint.text()


def _by_spark(spark: SparkSession, events: list[Event]) -> dict[Any, str]:
    rows = day_fingerprints(as_history(_stored_rows(spark, events))).collect()
    return {row[names.DAY]: row[FINGERPRINT] for row in rows}


def test_a_day_has_one_fingerprint_with_spark_and_without(spark: SparkSession) -> None:
    next_day = NOON + timedelta(days=1)
    tomorrow = [an_event(event_id=f"t{number}", occurred_at=next_day) for number in range(50)]
    assert _by_spark(spark, [*EVENTS, *tomorrow]) == {
        NOON.date(): _by_python(EVENTS),
        next_day.date(): _by_python(tomorrow),
    }


def test_the_order_of_events_does_not_matter_and_every_column_does() -> None:
    whole = _by_python(EVENTS)
    assert _by_python(EVENTS[::-1]) == whole
    others = [
        an_event(event_id="a", product_ids=("shirt-2", "shirt-1")),
        an_event(event_id="a", product_ids=("shirt-1", "shirt-2"), user_id="u"),
        an_event(event_id="a", product_ids=("shirt-1", "shirt-2"), region=None),
        an_event(event_id="a", product_ids=("shirt-1", "shirt-2"), region=""),
        an_event(event_id="a", product_ids=("shirt-1", "shirt-2"), category_id=None),
        an_event(
            event_id="a",
            product_ids=("shirt-1", "shirt-2"),
            occurred_at=datetime(2025, 6, 2, 12, tzinfo=UTC),
        ),
    ]
    found = {whole, *(_by_python([other, *EVENTS[1:]]) for other in others)}
    assert len(found) == 1 + len(others)


def test_plain_ids_of_a_former_release_come_into_no_night(spark: SparkSession) -> None:
    pseudonym = pseudonym_of(ShopUserId("ann"), PrivacyKey(bytes(32)))
    ids = {"a": pseudonym, "b": "ann", "c": None, "d": f"{pseudonym}\n", "e": f"x{pseudonym}"}
    events = [
        an_event(event_id=name, user_id=None if user is None else UserId(user))
        for name, user in ids.items()
    ]
    made = as_history(_stored_rows(spark, events))
    read = without_other_users(made, PSEUDONYM).orderBy(names.EVENT_ID)
    assert read.schema == made.schema
    assert [row.user_id for row in read.collect()] == [pseudonym, None, None, None, None]
    assert [
        row.user_id for row in without_other_users(made, "").orderBy(names.EVENT_ID).collect()
    ] == list(ids.values())
