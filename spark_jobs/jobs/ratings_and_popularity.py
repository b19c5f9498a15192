"""Job: what products are worth on their own, by their stars and by how many want them."""

import sys
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame

from personalization.domain.prior import PriorTable
from personalization.domain.prior_name import PriorName
from personalization.priors import warehouse as names
from personalization.priors.warehouse import JobReport
from spark_jobs.columns import GROUP, SCOPE
from spark_jobs.session import start_session
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms import popularity, ratings
from spark_jobs.transforms.product_priors import as_prior, as_scoped_popularity
from spark_jobs.transforms.ranked_list import ranked
from spark_jobs.warehouse import PRODUCT_STRENGTHS, BuildingFolder, NightlyInput

JOB = Path(__file__).stem
CATEGORY_LIST_SIZE = 1_000
"""Categories are few, and a page that lists them should not lose the fifty-first."""
UNRATED = "no product of the catalogue has a rating"
UNSEEN = "the period has no interactions and the catalogue no sales figures"
NO_REGION = "no interaction of the period has a region"
NO_EVENTS = "the period has no interactions"


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of products and categories, globally and by scope."""

    products: DataFrame
    categories: DataFrame
    scoped_products: DataFrame
    scoped_categories: DataFrame


def counts_of(night: NightlyInput) -> Counts:
    """Count the history's interactions."""
    events = seen.with_season(night.history)
    products = seen.product_interactions(events, night.products).cache()
    categories = seen.category_interactions(events, products, night.categories).cache()
    product, category = names.PRODUCT_ID, names.CATEGORY_ID
    return Counts(
        popularity.counted(seen.globally(products), product, category).cache(),
        popularity.counted(seen.globally(categories), category, category).cache(),
        popularity.counted(seen.by_scope(products), product, category).cache(),
        popularity.counted(seen.by_scope(categories), category, category).cache(),
    )


def with_sales(counts: Counts, night: NightlyInput) -> Counts:
    """Take the catalogue's own sales figures for the global counts."""
    return Counts(
        popularity.counted_sales(night.products, names.PRODUCT_ID).cache(),
        popularity.counted_sales(night.products, names.CATEGORY_ID).cache(),
        counts.scoped_products,
        counts.scoped_categories,
    )


def main(plan_file: Path) -> None:
    """Write the tables of ratings and popularity."""
    spark = start_session(JOB)
    folder = BuildingFolder(spark, plan_file)
    night, size = folder.read_input(), folder.plan.list_size
    counts = counts_of(night)
    has_events = not counts.products.isEmpty()
    if not has_events:
        counts = with_sales(counts, night)
    stars = ratings.rated(night.products, night.history).cache()
    shrunk = ratings.shrunk_ratings(stars).cache()
    scoped = popularity.scoped_shares(
        counts.scoped_products, popularity.national_shares(counts.products)
    ).cache()
    products = popularity.strongest_in(counts.products, SCOPE)
    scoped_categories = popularity.scoped_shares(
        counts.scoped_categories, popularity.national_shares(counts.categories)
    )
    categories = popularity.strongest_in(counts.categories, SCOPE)
    written = folder.write_tables(
        {
            PriorTable.RATED_CATEGORIES: ranked(
                ratings.category_ratings(stars), CATEGORY_LIST_SIZE
            ),
            PriorTable.RATED_PRODUCTS: ranked(ratings.rating_lists(shrunk), size),
            PriorTable.POPULAR_PRODUCTS: ranked(
                products.unionByName(popularity.against_strongest(scoped)), size
            ),
            PriorTable.POPULAR_CATEGORIES: ranked(
                categories.unionByName(popularity.against_strongest(scoped_categories)),
                CATEGORY_LIST_SIZE,
            ),
            PriorTable.CATEGORY_LEADERS: ranked(
                popularity.strongest_in(counts.products, GROUP), size
            ),
        }
    )
    parts = (
        as_prior(popularity.share_in(counts.products, SCOPE), PriorName.POPULARITY),
        as_prior(popularity.share_in(counts.products, GROUP), PriorName.POPULARITY_CATEGORY),
        as_prior(shrunk, PriorName.RATING),
        as_scoped_popularity(scoped),
    )
    folder.write_between(PRODUCT_STRENGTHS, reduce(DataFrame.unionByName, parts))
    folder.write_report(JOB, report_of(written, _scopes_of(scoped), has_events=has_events))
    spark.stop()


def _scopes_of(scoped: DataFrame) -> set[str]:
    rows = scoped.select(names.KEY).distinct().collect()
    return {row[0].partition(":")[0] for row in rows}


def report_of(written: set[PriorTable], scopes: set[str], *, has_events: bool) -> JobReport:
    """Say which tables and scopes are absent and why, and where popularity comes from."""
    reasons = {
        PriorTable.RATED_CATEGORIES: UNRATED,
        PriorTable.RATED_PRODUCTS: UNRATED,
        PriorTable.POPULAR_PRODUCTS: UNSEEN,
        PriorTable.POPULAR_CATEGORIES: UNSEEN,
        PriorTable.CATEGORY_LEADERS: UNSEEN,
    }
    absent = {table.value: reason for table, reason in reasons.items() if table not in written}
    for scope, reason in (("region", NO_REGION), ("season", NO_EVENTS)):
        if scope not in scopes:
            absent[f"{PriorName.POPULARITY.value}_{scope}"] = reason if has_events else NO_EVENTS
    source = "interactions of the period" if has_events else "last month's sales in the catalogue"
    return JobReport(absent=absent, parameters={"popularity_from": source})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
