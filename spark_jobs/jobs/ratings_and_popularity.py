"""Job: what products are worth: on their own, by stars and by how many want them, and to whom."""

import sys
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame

from personalization.domain.prior import PriorName, PriorTable, ScopeKind
from personalization.domain.repeats import SEVERAL_SHOPPERS
from personalization.priors import warehouse as names
from personalization.priors.warehouse import JobReport
from personalization.ranking.tastes import share_name
from spark_jobs.columns import GROUP, SCOPE
from spark_jobs.session import start_session
from spark_jobs.transforms import contributions, popularity, ratings
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms.product_priors import as_prior, as_scoped_popularity
from spark_jobs.transforms.ranked_list import rank_members
from spark_jobs.transforms.returning_visits import TasteInput, taste_shares
from spark_jobs.transforms.tastes import (
    known_users,
    product_traits,
    sized_interactions,
    user_tastes,
)
from spark_jobs.warehouse import BuildingFolder, NightlyInput

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
class Counts:
    """Counts of products and categories, globally, by region, and of products by season."""

    interactions: DataFrame
    """With products, as far as they count."""
    products: DataFrame
    categories: DataFrame
    scoped_products: DataFrame
    scoped_categories: DataFrame


def counts_of(night: NightlyInput) -> Counts:
    events = seen.with_season(night.history)
    products = seen.counted_products(events, night.products).cache()
    categories = seen.counted_categories(events, products, night.categories).cache()
    product, category = names.PRODUCT_ID, names.CATEGORY_ID
    scoped = popularity.of_several(seen.by_scope(products, list(ScopeKind)))
    regional = popularity.of_several(seen.by_scope(categories, [ScopeKind.REGION]))
    return Counts(
        products,
        popularity.count_items(seen.globally(products), product, category).cache(),
        popularity.count_items(seen.globally(categories), category, category).cache(),
        popularity.count_items(scoped, product, category).cache(),
        popularity.count_items(regional, category, category).cache(),
    )


def with_sales(counts: Counts, night: NightlyInput) -> Counts:
    """Take the catalogue's own sales figures for the global counts."""
    return Counts(
        counts.interactions,
        popularity.counted_sales(night.products, names.PRODUCT_ID).cache(),
        popularity.counted_sales(night.products, names.CATEGORY_ID).cache(),
        counts.scoped_products,
        counts.scoped_categories,
    )


def main(plan_file: Path) -> None:
    spark = start_session(JOB)
    write_tables(BuildingFolder(spark, plan_file))
    spark.stop()


def write_tables(folder: BuildingFolder) -> None:
    """Write the tables of ratings and popularity, the priors by product, and people's tastes."""
    night, size = folder.read_input(), folder.plan.list_size
    folder.write_profiles(night)
    counts = counts_of(night)
    shares = contributions_of(counts.interactions, night)
    has_events = not counts.products.isEmpty()
    if int(shares[names.SHOPPERS]) < SEVERAL_SHOPPERS:
        # A few are no reason to forget what the shop sells.
        sales = with_sales(counts, night)
        if not has_events or not sales.products.isEmpty():
            counts, has_events = sales, False
    stars = ratings.sum_ratings(night.products, night.history).cache()
    shrunk = ratings.shrunk_ratings(stars).cache()
    scoped = popularity.scoped_shares(
        counts.scoped_products, popularity.national_shares(counts.products)
    ).cache()
    products = popularity.strongest_in(counts.products, SCOPE)
    scoped_categories = popularity.scoped_shares(
        counts.scoped_categories, popularity.national_shares(counts.categories)
    )
    categories = popularity.strongest_in(counts.categories, SCOPE)
    of_each = product_priors(counts.products, shrunk, scoped)
    tastes, fitted = _tastes_of(folder, night, counts)
    if tastes is not None:
        of_each = with_traits(of_each, product_traits(night.products, night.groups))
    written = folder.write_tables(
        {
            PriorTable.RATED_CATEGORIES: rank_members(
                ratings.category_ratings(stars), CATEGORY_LIST_SIZE
            ),
            PriorTable.RATED_PRODUCTS: rank_members(shrunk, size),
            PriorTable.POPULAR_PRODUCTS: rank_members(
                products.unionByName(popularity.against_strongest(scoped)), size
            ),
            PriorTable.POPULAR_CATEGORIES: rank_members(
                categories.unionByName(popularity.against_strongest(scoped_categories)),
                CATEGORY_LIST_SIZE,
            ),
            PriorTable.CATEGORY_LEADERS: rank_members(
                popularity.strongest_in(counts.products, GROUP), size
            ),
            PriorTable.PRODUCT_PRIORS: rank_members(of_each, EVERY_PRIOR),
            **({} if tastes is None else {PriorTable.USER_TASTES: tastes}),
        }
    )
    report = report_of(written, _scopes_of(scoped), has_events=has_events)
    parameters = {**report.parameters, **shares, **fitted}
    folder.write_report(JOB, JobReport(absent=report.absent, parameters=parameters))


def _tastes_of(
    folder: BuildingFolder, night: NightlyInput, counts: Counts
) -> tuple[DataFrame | None, dict[str, str]]:
    """Return the lists of users, None where nobody is known, and what they weigh."""
    if known_users(counts.interactions).isEmpty():
        return None, {}
    plan = folder.plan
    given = TasteInput(
        counts.interactions,
        sized_interactions(night.history, night.products, night.groups),
        product_traits(night.products, night.groups),
        plan.taste_halflife_days,
    )
    liked = user_tastes(
        given.counted, given.sizes, given.traits, plan.run_date, given.halflife_days
    )
    fitted = taste_shares(given, plan.run_date, plan.period_days)
    parameters = {share_name(term): f"{share:g}" for term, share in fitted.items()}
    return rank_members(liked, EVERY_PRIOR), parameters


def with_traits(priors: DataFrame, traits: DataFrame) -> DataFrame:
    """Add the traits of products that have priors; the others are in no list."""
    known = priors.select(names.KEY).distinct()
    return priors.unionByName(traits.join(known, names.KEY, "left_semi"))


def contributions_of(counted: DataFrame, night: NightlyInput) -> dict[str, str]:
    """Return what was counted and left out, and how much of it one shopper made."""
    whole = seen.product_interactions(night.history, night.products).count()
    shoppers, largest = contributions.count_and_largest_share(counted)
    found = {
        names.INTERACTIONS: str(counted.count()),
        names.REPEATS: str(whole - counted.count()),
        names.SHOPPERS: str(shoppers),
        names.LARGEST_SHARE: f"{largest:.4f}",
    }
    product = contributions.largest_product_share(counted)
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


def _scopes_of(scoped: DataFrame) -> set[ScopeKind]:
    rows = scoped.select(names.KEY).distinct().collect()
    return {kind for kind in ScopeKind for (key,) in rows if key.startswith(kind.prefix)}


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


if __name__ == "__main__":
    main(Path(sys.argv[1]))
