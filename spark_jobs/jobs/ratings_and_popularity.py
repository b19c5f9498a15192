"""Job: what products are worth: on their own, by stars and by how many want them, and to whom."""

from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.prior import PriorName, PriorTable, ScopeKind
from personalization.domain.repeats import SEVERAL_SHOPPERS
from personalization.priors import warehouse as names
from personalization.priors.warehouse import JobReport
from personalization.ranking.tastes import share_name
from spark_jobs.columns import GROUP, SCOPE
from spark_jobs.partials.kinds import PartialKind
from spark_jobs.period import CountedPeriod
from spark_jobs.transforms import counts as counted
from spark_jobs.transforms import popularity, ratings
from spark_jobs.transforms.contributions import largest_product_share
from spark_jobs.transforms.interactions import of_catalogue
from spark_jobs.transforms.product_priors import as_prior, as_scoped_popularity
from spark_jobs.transforms.ranked_list import rank_members
from spark_jobs.transforms.returning_visits import TasteInput, taste_shares
from spark_jobs.transforms.tastes import (
    known_users,
    product_traits,
    sized_interactions,
    user_tastes,
)

JOB = Path(__file__).stem
CATEGORY_LIST_SIZE = 1_000
"""Categories are few, and a page that lists them should not lose the fifty-first."""
UNRATED = "no product of the catalogue has a rating"
UNSEEN = "the period has no interactions and the catalogue no sales figures"
NO_PRIOR = "no product has interactions, sales figures or ratings"
EVERY_PRIOR = 2**31 - 1
"""A product's priors are few: none is cut off."""
NO_REGION = "no region was named by several shoppers of the period"
NO_SEASON = "no season had several shoppers in the period"
NO_EVENTS = "the period has no interactions"
NO_USERS = "no interaction of the period is of a known user"


@dataclass(frozen=True, slots=True)
class LikedItems:
    """Counts of products and categories that are liked: globally, by region, and by season."""

    products: DataFrame
    categories: DataFrame
    scoped_products: DataFrame
    scoped_categories: DataFrame
    """By region alone."""


def liked_items(period: CountedPeriod) -> LikedItems:
    crowded, fewest = F.broadcast(period.crowded_scopes), period.plan.smallest_group
    return LikedItems(
        counted.globally(period.counts, fewest),
        counted.globally(period.category_counts, fewest),
        counted.by_scope(period.counts, crowded, fewest),
        counted.by_scope(period.category_counts, crowded, fewest),
    )


def with_sales(liked: LikedItems, products: DataFrame, smallest_group: int) -> LikedItems:
    """Take the catalogue's own sales figures for the global counts."""
    of_products, of_categories = (
        popularity.counted_sales(products, item)
        .where(F.col(names.SUPPORT) >= smallest_group)
        .cache()
        for item in (names.PRODUCT_ID, names.CATEGORY_ID)
    )
    return replace(liked, products=of_products, categories=of_categories)


def write(period: CountedPeriod) -> None:
    """Write the tables of ratings and popularity, the priors by product, and people's tastes."""
    folder, size, products = period.folder, period.plan.list_size, period.catalogue.products
    _, has_events = period.totals
    liked = liked_items(period)
    if period.contributions.shoppers < SEVERAL_SHOPPERS:
        # A few are no reason to forget what the shop sells.
        sales = with_sales(liked, products, period.plan.smallest_group)
        if not has_events or not sales.products.isEmpty():
            liked, has_events = sales, False
    stars = folder.keep(ratings.sum_ratings(products, period.read(PartialKind.OPINIONS)), "stars")
    shrunk = ratings.shrunk_ratings(stars).where(F.col(names.SUPPORT) >= period.plan.smallest_group)
    national = popularity.national_shares(liked.products)
    scoped = folder.keep(popularity.scoped_shares(liked.scoped_products, national), "scoped")
    scoped_categories = popularity.scoped_shares(
        liked.scoped_categories, popularity.national_shares(liked.categories)
    )
    of_each = product_priors(liked.products, shrunk, scoped)
    tastes, fitted = _tastes_of(period)
    if tastes is not None:
        of_each = with_traits(of_each, product_traits(products, period.catalogue.groups))
    written = folder.write_tables(
        {
            PriorTable.RATED_CATEGORIES: rank_members(
                ratings.category_ratings(stars), CATEGORY_LIST_SIZE
            ),
            PriorTable.RATED_PRODUCTS: rank_members(shrunk, size),
            PriorTable.POPULAR_PRODUCTS: rank_members(_popular(liked.products, scoped), size),
            PriorTable.POPULAR_CATEGORIES: rank_members(
                _popular(liked.categories, scoped_categories), CATEGORY_LIST_SIZE
            ),
            PriorTable.CATEGORY_LEADERS: rank_members(
                popularity.strongest_in(liked.products, GROUP), size
            ),
            PriorTable.PRODUCT_PRIORS: rank_members(of_each, EVERY_PRIOR),
            **({} if tastes is None else {PriorTable.USER_TASTES: tastes}),
        }
    )
    report = report_of(written, _scope_kinds(period.crowded_scopes), has_events=has_events)
    parameters = {**report.parameters, **contribution_parameters(period), **fitted}
    folder.write_report(JOB, JobReport(absent=report.absent, parameters=parameters))


def _popular(liked: DataFrame, scoped: DataFrame) -> DataFrame:
    everywhere = popularity.strongest_in(liked, SCOPE)
    return everywhere.unionByName(popularity.against_strongest(scoped))


def _tastes_of(period: CountedPeriod) -> tuple[DataFrame | None, dict[str, str]]:
    """Return the lists of users, None where nobody is known, and what they weigh."""
    plan, catalogue = period.plan, period.catalogue
    acts = of_catalogue(period.acts, catalogue.products)
    if known_users(period.read(PartialKind.SHOPPERS)).isEmpty():
        return None, {}
    sizes = sized_interactions(period.read(PartialKind.NAMED), catalogue.products, catalogue.groups)
    traits = product_traits(catalogue.products, catalogue.groups)
    given = TasteInput(acts, sizes, traits, plan.taste_halflife_days)
    liked = user_tastes(acts, sizes, traits, plan.run_date, given.halflife_days)
    fitted = taste_shares(given, plan.run_date, plan.period_days)
    parameters = {share_name(term): f"{share:g}" for term, share in fitted.items()}
    return rank_members(liked, EVERY_PRIOR), parameters


def with_traits(priors: DataFrame, traits: DataFrame) -> DataFrame:
    """Add the traits of products that have priors; the others are in no list."""
    known = priors.select(names.KEY).distinct()
    return priors.unionByName(traits.join(known, names.KEY, "left_semi"))


def contribution_parameters(period: CountedPeriod) -> dict[str, str]:
    """Return what was counted and left out, and how much of it one shopper made."""
    made = period.contributions
    interactions, _ = period.totals
    found = {
        names.INTERACTIONS: str(interactions),
        names.REPEATS: str(period.repeats),
        names.SHOPPERS: str(made.shoppers),
        names.LARGEST_SHARE: f"{made.largest_share:.4f}",
    }
    product = largest_product_share(period.counts)
    if product is not None:
        found[names.LARGEST_PRODUCT_SHARE] = f"{product[1]:.4f} {product[0]}"
    return found


def product_priors(counts: DataFrame, rated: DataFrame, scoped: DataFrame) -> DataFrame:
    """Return each product's priors: shares, within its category and each scope, and its rating."""
    parts = (
        as_prior(popularity.share_in(counts, SCOPE), PriorName.POPULARITY),
        as_prior(popularity.share_in(counts, GROUP), PriorName.POPULARITY_CATEGORY),
        as_prior(rated, PriorName.RATING),
        as_scoped_popularity(scoped),
    )
    return reduce(DataFrame.unionByName, parts)


def _scope_kinds(crowded: DataFrame) -> set[ScopeKind]:
    scopes = [row[SCOPE] for row in crowded.collect()]
    return {kind for kind in ScopeKind for scope in scopes if scope.startswith(kind.prefix)}


def report_of(written: set[PriorTable], scopes: set[ScopeKind], *, has_events: bool) -> JobReport:
    """Say which tables and scopes are absent and why, and where popularity comes from."""
    reasons = {
        PriorTable.RATED_CATEGORIES: UNRATED,
        PriorTable.RATED_PRODUCTS: UNRATED,
        PriorTable.POPULAR_PRODUCTS: UNSEEN,
        PriorTable.POPULAR_CATEGORIES: UNSEEN,
        PriorTable.CATEGORY_LEADERS: UNSEEN,
        PriorTable.PRODUCT_PRIORS: NO_PRIOR,
        PriorTable.USER_TASTES: NO_USERS,
    }
    absent = {table.value: reason for table, reason in reasons.items() if table not in written}
    for kind, reason in ((ScopeKind.REGION, NO_REGION), (ScopeKind.SEASON, NO_SEASON)):
        if kind not in scopes:
            absent[kind.popularity.value] = reason if has_events else NO_EVENTS
    source = "interactions of the period" if has_events else "last month's sales in the catalogue"
    return JobReport(absent=absent, parameters={"popularity_from": source})
