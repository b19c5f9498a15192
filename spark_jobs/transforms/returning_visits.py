"""How known people came back: what the shares of tastes are fitted to, a bounded sample of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import PriorName, RankedMember
from personalization.priors import warehouse as names
from personalization.ranking.fitted_tastes import ReturningVisit, Shares, ShopBefore, fit_shares
from personalization.ranking.tastes import LEADERS, LIKED_CATEGORIES, Tastes
from spark_jobs.columns import SHOPPER, WEIGHT
from spark_jobs.transforms.shoppers import USER_PREFIX
from spark_jobs.transforms.tastes import known_users, user_tastes

ASKED_PART = 5
"""One part of so many of the period is asked about: 24 days of 120."""
MOST_USERS = 300
"""By the hash of their ids. Some ten thousand rows come to the driver, however many shoppers and
products there are."""
MOST_TARGETS = 20
"""Of one visit."""
POPULAR = 60
_PLACE, _IN_CATEGORY = "place", "in_category"
_WHOLE, _OF_CATEGORY = "whole", "of_category"


@dataclass(frozen=True, slots=True)
class TasteInput:
    """What `user_tastes` takes."""

    counted: DataFrame
    sizes: DataFrame
    traits: DataFrame
    halflife_days: int


def taste_shares(given: TasteInput, run_date: date, period_days: int) -> Shares:
    """Return the shares that the returns of the period's last days speak for."""
    cut = run_date - timedelta(days=max(1, period_days // ASKED_PART))
    middle = cut + (run_date - cut) / 2
    asked = _first_products(given.counted, cut)
    before = given.counted.where(F.col(names.DAY) <= F.lit(cut))
    users = _some_users(before, asked).cache()
    tastes = _tastes_before(given, users, cut)
    shop = _shop_before(before, given.traits, tastes)
    halves: tuple[list[ReturningVisit], list[ReturningVisit]] = ([], [])
    visits: defaultdict[tuple[str, str, date], list[str]] = defaultdict(list)
    for row in asked.join(users, SHOPPER, "left_semi").collect():
        visits[row[SHOPPER], row[names.SESSION_ID], row[names.DAY]].append(row[names.PRODUCT_ID])
    for shopper, session, day in sorted(visits):
        visit = ReturningVisit(tastes[shopper], sorted(visits[shopper, session, day]))
        halves[day > middle].append(visit)
    return fit_shares(*halves, shop)


def _first_products(counted: DataFrame, cut: date) -> DataFrame:
    """Return the products of each visit's first interaction after a day."""
    visit = Window.partitionBy(SHOPPER, names.SESSION_ID).orderBy(names.OCCURRED_AT, names.EVENT_ID)
    lines = Window.partitionBy(SHOPPER, names.SESSION_ID).orderBy(names.PRODUCT_ID)
    after = known_users(counted).where((F.col(names.DAY) > F.lit(cut)) & (F.col(names.REWARD) > 0))
    first = after.withColumn(_PLACE, F.dense_rank().over(visit)).where(F.col(_PLACE) == 1)
    numbered = first.withColumn(_PLACE, F.row_number().over(lines))
    return numbered.where(F.col(_PLACE) <= MOST_TARGETS).select(
        SHOPPER, names.SESSION_ID, names.DAY, names.PRODUCT_ID
    )


def _some_users(before: DataFrame, asked: DataFrame) -> DataFrame:
    liking = known_users(before).where(F.col(names.REWARD) > 0).select(SHOPPER).distinct()
    known = liking.join(asked.select(SHOPPER).distinct(), SHOPPER, "left_semi")
    return known.orderBy(F.sha2(SHOPPER, 256), SHOPPER).limit(MOST_USERS)


def _tastes_before(given: TasteInput, users: DataFrame, cut: date) -> Mapping[str, Tastes]:
    counted, sizes = (
        frame.where(F.col(names.DAY) <= F.lit(cut)).join(F.broadcast(users), SHOPPER, "left_semi")
        for frame in (given.counted, given.sizes)
    )
    members: defaultdict[str, list[RankedMember]] = defaultdict(list)
    liked = user_tastes(counted, sizes, given.traits, cut, given.halflife_days)
    for row in liked.collect():
        member = RankedMember(row[names.MEMBER_ID], row[names.STRENGTH], row[names.VALUE], 0)
        members[USER_PREFIX + row[names.KEY]].append(member)
    found = {user: _best_first(of) for user, of in members.items()}
    # Somebody may have given back all that they had.
    known = [row[SHOPPER] for row in users.collect()]
    return {user: Tastes.of(found.get(user, ())) for user in known}


def _best_first(members: Sequence[RankedMember]) -> tuple[RankedMember, ...]:
    return tuple(sorted(members, key=lambda of: (-of.strength, of.member_id)))


def _shop_before(before: DataFrame, traits: DataFrame, tastes: Mapping[str, Tastes]) -> ShopBefore:
    liked = {product for of in tastes.values() for product in of.products}
    categories = {
        category for of in tastes.values() for category in list(of.categories)[:LIKED_CATEGORIES]
    }
    counts = _counts(before)
    wanted = F.col(names.PRODUCT_ID).isin(*liked) | (
        F.col(names.CATEGORY_ID).isin(*categories) & (F.col(_IN_CATEGORY) <= LEADERS)
    )
    popular = counts.orderBy(F.desc(WEIGHT), names.PRODUCT_ID).limit(POPULAR)
    rows = popular.unionByName(counts.where(wanted)).distinct().collect()
    known = [row[names.PRODUCT_ID] for row in rows]
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        share, of_category = row[WEIGHT] / row[_WHOLE], row[WEIGHT] / row[_OF_CATEGORY]
        found[row[names.PRODUCT_ID]] = {
            PriorName.POPULARITY.value: share,
            PriorName.POPULARITY_CATEGORY.value: of_category,
        }
    for row in traits.where(F.col(names.KEY).isin(*known)).collect():
        found[row[names.KEY]][row[names.MEMBER_ID]] = row[names.STRENGTH]
    ordered = sorted(rows, key=lambda row: (-row[WEIGHT], row[names.PRODUCT_ID]))
    leaders: defaultdict[str, list[str]] = defaultdict(list)
    for row in sorted(ordered, key=itemgetter(_IN_CATEGORY)):
        if row[_IN_CATEGORY] <= LEADERS:
            leaders[row[names.CATEGORY_ID]].append(row[names.PRODUCT_ID])
    return ShopBefore(
        {ProductId(row[names.PRODUCT_ID]): CategoryId(row[names.CATEGORY_ID]) for row in rows},
        found,
        [row[names.PRODUCT_ID] for row in ordered[:POPULAR]],
        leaders,
    )


def _counts(before: DataFrame) -> DataFrame:
    """Return each product's rewards, beside those of its category and of all."""
    category = Window.partitionBy(names.CATEGORY_ID)
    order = category.orderBy(F.desc(WEIGHT), names.PRODUCT_ID)
    summed = (
        before.groupBy(names.PRODUCT_ID, names.CATEGORY_ID)
        .agg(F.sum(names.REWARD).alias(WEIGHT))
        .where(F.col(WEIGHT) > 0)
    )
    whole = summed.agg(F.sum(WEIGHT).alias(_WHOLE))
    return (
        summed.withColumn(_OF_CATEGORY, F.sum(WEIGHT).over(category))
        .withColumn(_IN_CATEGORY, F.row_number().over(order))
        .crossJoin(F.broadcast(whole))
    )
