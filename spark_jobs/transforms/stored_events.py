"""From events as Cassandra keeps them to the history that every job reads."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.event import EventType
from personalization.domain.reward import (
    ATTENTION,
    BUNDLE_REWARD,
    NEUTRAL_RATING,
    RATING_REWARD_PER_STAR,
    REWARDS,
    THUMB_REWARD,
)
from personalization.priors import warehouse as names
from spark_jobs import schemas


def as_history(stored: DataFrame) -> DataFrame:
    """Return the events with their rewards, from columns of `events_by_day`."""
    return stored.select(
        names.EVENT_ID,
        names.SESSION_ID,
        names.USER_ID,
        names.TYPE,
        F.timestamp_micros("occurred_at_us").alias(names.OCCURRED_AT),
        F.coalesce(names.PRODUCT_IDS, F.array().cast("array<string>")).alias(names.PRODUCT_IDS),
        names.CATEGORY_ID,
        names.REGION,
        F.col("rating").alias(names.STARS),
        # Half to even, as Python rounds.
        F.rint(reward() * names.REWARD_UNIT).cast("long").alias(names.REWARD),
        names.CONSENT,
        F.coalesce(names.VARIANT_IDS, F.array().cast("array<string>")).alias(names.VARIANT_IDS),
        names.DAY,
    ).select(*schemas.HISTORY.names)


def without_other_users(history: DataFrame, user_ids: str) -> DataFrame:
    """Return the events without ids that do not look so: plain ones of a former release.

    No one asks for what is kept under these, and no erasure of a pseudonym finds them. Their
    events count by session.
    """
    if not user_ids:
        return history
    is_known = F.col(names.USER_ID).rlike(rf"\A(?:{user_ids})\z")
    return history.withColumn(names.USER_ID, F.when(is_known, F.col(names.USER_ID)))


def reward() -> Column:
    """Return `personalization.domain.reward.reward` as a column: the same table and formula."""
    kind = F.col(names.TYPE)
    value = F.when(F.col("attested") == F.lit(False), F.lit(0.0))  # noqa: FBT003 (a literal of Spark)
    value = value.when(kind == EventType.FEEDBACK.value, _feedback_reward())
    for looked, (most, cap_ms) in ATTENTION.items():
        counted = F.least(F.coalesce(F.col("duration_ms"), F.lit(0)), F.lit(cap_ms))
        value = value.when(kind == looked.value, F.lit(most) * counted / F.lit(cap_ms))
    is_bundle = F.col("bundle_id").isNotNull()
    value = value.when((kind == EventType.CHECKOUT.value) & is_bundle, F.lit(BUNDLE_REWARD))
    for event_type, amount in REWARDS.items():
        if amount is not None:
            value = value.when(kind == event_type.value, F.lit(amount))
    return value


def _feedback_reward() -> Column:
    by_thumb = F.coalesce(F.col("thumb"), F.lit(0)) * F.lit(THUMB_REWARD)
    by_stars = (F.col("rating") - F.lit(NEUTRAL_RATING)) * F.lit(RATING_REWARD_PER_STAR)
    return F.coalesce(by_stars, by_thumb)
