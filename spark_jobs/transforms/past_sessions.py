"""Past sessions for the session index: their products in order, and nothing of who they were."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.event import EventType
from personalization.neighbours.past_session import LONG_LOOK
from personalization.priors import warehouse as names
from spark_jobs.columns import ITEM
from spark_jobs.transforms.session_digests import session_digests

VIEWS_OF_A_SESSION = 50
"""The newest ones."""
ACTS_OF_A_SESSION = 50
_LIKING = (EventType.ADD_TO_CART, EventType.CHECKOUT, EventType.FEEDBACK)
_TAKING_BACK = (EventType.REMOVE_FROM_CART, EventType.REFUND)
_ACTS_TYPE = "array<struct<views_before: int, product: string, type: string>>"
_ENDED_AT, _VIEWS, _ACTS, _LOOKED = "ended_at", "views", "acts", "looked"


def long_looks(events: DataFrame) -> DataFrame:
    """Return looks at a product from where they are long together in a session's day.

    They need not be counted: they make no product more popular.
    """
    so_far = Window.partitionBy(names.DAY, names.SESSION_ID, names.PRODUCT_ID).orderBy(
        names.OCCURRED_AT, names.EVENT_ID
    )
    return (
        events.where(F.col(names.TYPE) == EventType.DWELL.value)
        .withColumn(names.PRODUCT_ID, F.explode(names.PRODUCT_IDS))
        .withColumn(_LOOKED, F.sum(names.REWARD).over(so_far))
        .where(F.col(_LOOKED) >= int(LONG_LOOK * names.REWARD_UNIT))
    )


def session_acts(products: DataFrame, looks: DataFrame) -> DataFrame:
    """Return what else sessions did with products than view them.

    As session_id, occurred_at, event_id, item, type. `products` are the interactions that count,
    `looks` those of `long_looks`. Dislikes are left out.
    """
    kind, reward = F.col(names.TYPE), F.col(names.REWARD)
    columns = (names.SESSION_ID, names.OCCURRED_AT, names.EVENT_ID, names.PRODUCT_ID, names.TYPE)
    acts = products.where((kind.isin(*_LIKING) & (reward > 0)) | kind.isin(*_TAKING_BACK))
    looked = looks.withColumn(names.TYPE, F.lit(EventType.DWELL.value))
    both = acts.select(*columns).unionByName(looked.select(*columns))
    return both.withColumnRenamed(names.PRODUCT_ID, ITEM)


def past_sessions(
    views: DataFrame, acts: DataFrame, maximum: int, digest_key: str = ""
) -> DataFrame:
    """Return the newest sessions of two views and more, newest first, in one partition.

    As ended_at (seconds), views (ids of products), acts (views_before, product, type) and digest,
    0 where there is no key for it: at most so many sessions of so many views and acts each.
    """
    rows = _sequences(views, _VIEWS, F.unix_seconds(F.max(names.OCCURRED_AT)))
    newest = rows.where(F.size(_VIEWS) > 1).withColumn(_VIEWS, _last(_VIEWS, VIEWS_OF_A_SESSION))
    # By their products among those of one second, so that every run has the same order.
    order = F.desc(_ENDED_AT), F.desc(f"{_VIEWS}.{ITEM}")
    kept = newest.orderBy(*order).limit(maximum)
    others = _sequences(acts, _ACTS).withColumn(_ACTS, _last(_ACTS, ACTS_OF_A_SESSION))
    both = kept.join(others, names.SESSION_ID, "left").withColumn(_ACTS, _placed_acts())
    digest = session_digests(digest_key) if digest_key else F.lit("0")
    return (
        both.repartition(1)
        .sortWithinPartitions(*order, _ACTS)
        .select(
            _ENDED_AT,
            F.col(f"{_VIEWS}.{ITEM}").alias(_VIEWS),
            F.coalesce(_ACTS, F.array().cast(_ACTS_TYPE)).alias(_ACTS),
            digest.alias("digest"),
        )
    )


def _sequences(events: DataFrame, name: str, ended_at: Column | None = None) -> DataFrame:
    """Return session_id and its events in order, and when it ended."""
    columns = [names.OCCURRED_AT, names.EVENT_ID, ITEM]
    event = F.struct(*columns, *(column for column in (names.TYPE,) if column in events.columns))
    made = [F.sort_array(F.collect_list(event)).alias(name)]
    if ended_at is not None:
        made.append(ended_at.alias(_ENDED_AT))
    return events.groupBy(names.SESSION_ID).agg(*made)


def _last(name: str, count: int) -> Column:
    return F.slice(name, F.greatest(F.size(name) - (count - 1), F.lit(1)), count)


def _placed_acts() -> Column:
    """Return acts as number of views before, product and type."""

    def moment(event: Column) -> Column:
        return F.struct(event[names.OCCURRED_AT], event[names.EVENT_ID])

    def place_act(act: Column) -> Column:
        before = F.filter(_VIEWS, lambda view: moment(view) < moment(act))
        return F.struct(
            F.size(before).alias("views_before"),
            act[ITEM].alias("product"),
            act[names.TYPE].alias("type"),
        )

    return F.transform(_ACTS, place_act)
