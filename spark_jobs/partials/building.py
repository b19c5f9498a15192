"""From the events of some days to their partials."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.event import EventType
from personalization.priors import warehouse as names
from spark_jobs.columns import ACTED, SHOPPER, VIEWS, WEIGHT
from spark_jobs.partials.kinds import SCHEMAS, PartialKind
from spark_jobs.schemas import fit_schema
from spark_jobs.transforms import affinity
from spark_jobs.transforms.bundles import acted_mask
from spark_jobs.transforms.interactions import category_interactions, product_interactions
from spark_jobs.transforms.past_sessions import long_looks
from spark_jobs.transforms.ratings import given_stars
from spark_jobs.transforms.shoppers import limit_categories, limit_products, with_shopper
from spark_jobs.transforms.tastes import acts_of_known_users

_READ = [
    kind.value
    for kind in EventType
    if kind.is_interaction or kind in {EventType.DWELL, EventType.LOGIN}
]
"""Impressions are most of a history, and say nothing here."""
_VIEWS = (EventType.PRODUCT_VIEW.value, EventType.CATEGORY_VIEW.value)
INTERACTIONS, COUNTED, SESSIONS = "interactions", "counted", "sessions"


class DayPartials:
    """The partials of some days, each computed from what the others keep in memory meanwhile."""

    def __init__(self, history: DataFrame, categories: DataFrame) -> None:
        """Begin with the events of the days and the categories of all products there ever were.

        Most days name products that are not on sale any more, and do not change when they go.
        """
        self._events = with_shopper(history.where(F.col(names.TYPE).isin(_READ))).persist()
        self._whole = product_interactions(self._events)
        self._acts = limit_products(
            self._whole.join(categories, names.PRODUCT_ID, "left").repartition(names.DAY, SHOPPER)
        ).persist()
        self._by_category = limit_categories(
            category_interactions(self._events, self._acts).repartition(names.DAY, SHOPPER)
        ).persist()

    def frame(self, kind: PartialKind) -> DataFrame:
        """Return the rows of a kind."""
        made = {
            PartialKind.ACTS: self._acts_of_days,
            PartialKind.SHOPPERS: self._shoppers,
            PartialKind.CATEGORIES: self._categories,
            PartialKind.STEPS: self._steps,
            PartialKind.CATEGORY_STEPS: self._category_steps,
            PartialKind.OPINIONS: self._opinions,
            PartialKind.NAMED: self._of_people,
            PartialKind.LOOKS: self._looks,
        }
        return fit_schema(made[kind](), SCHEMAS[kind])

    def sums(self) -> DataFrame:
        """Return day, interactions, counted, sessions."""
        views = F.when(F.col(names.TYPE) == EventType.PRODUCT_VIEW.value, F.col(names.SESSION_ID))
        whole = self._whole.groupBy(names.DAY).agg(F.count("*").alias(INTERACTIONS))
        counted = self._acts.groupBy(names.DAY).agg(
            F.count("*").alias(COUNTED), F.countDistinct(views).alias(SESSIONS)
        )
        return whole.join(counted, names.DAY)

    def release(self) -> None:
        for frame in (self._events, self._acts, self._by_category):
            frame.unpersist()

    def _acts_of_days(self) -> DataFrame:
        return self._acts

    def _shoppers(self) -> DataFrame:
        return self._acts.groupBy(names.DAY, SHOPPER, names.REGION).agg(
            F.sum(F.greatest(F.col(names.REWARD), F.lit(0))).alias(WEIGHT),
            F.bit_or(acted_mask()).alias(ACTED),
        )

    def _categories(self) -> DataFrame:
        views = F.when(F.col(names.TYPE).isin(*_VIEWS), F.lit(1)).otherwise(0)
        return self._by_category.groupBy(names.DAY, SHOPPER, names.REGION, names.CATEGORY_ID).agg(
            F.sum(names.REWARD).alias(WEIGHT), F.sum(views).alias(VIEWS)
        )

    def _steps(self) -> DataFrame:
        return affinity.followers(affinity.viewed_products(self._acts), affinity.FURTHEST)

    def _category_steps(self) -> DataFrame:
        views = affinity.viewed_categories(self._by_category)
        return affinity.followers(views, affinity.NEXT_DISTANCES)

    def _opinions(self) -> DataFrame:
        return given_stars(self._events)

    def _of_people(self) -> DataFrame:
        return acts_of_known_users(self._events)

    def _looks(self) -> DataFrame:
        return long_looks(self._events)
