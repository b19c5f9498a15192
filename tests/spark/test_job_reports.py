"""A job says of every table that it could not make why, in terms of the data."""

from personalization.domain.prior import PriorTable, ScopeKind
from spark_jobs.jobs import (
    affinities_and_bundles,
    ratings_and_popularity,
    trending_and_arrivals,
)
from spark_jobs.transforms.bundles import BasketSource
from tests.builders.nightly_plan import a_nightly_plan

PLAN = a_nightly_plan()


def test_what_was_written_is_not_called_absent() -> None:
    written = set(affinities_and_bundles.TABLES)
    made = affinities_and_bundles.report_of(written, PLAN, BasketSource.VIEW, has_views=True)
    assert made.absent == {}
    assert made.parameters["bundles_from"] == "products viewed in one session"


def test_purchases_alone_say_nothing_of_the_order_of_views() -> None:
    written = {PriorTable.PRODUCT_AFFINITY, PriorTable.BUNDLES, PriorTable.BUNDLE_PRODUCTS}
    made = affinities_and_bundles.report_of(written, PLAN, BasketSource.CHECKOUT, has_views=False)
    assert sorted(made.absent) == ["category_affinity", "lag_affinity"]
    assert "no product views" in made.absent["lag_affinity"]
    assert made.parameters["affinities_from"] == "lines of one checkout"


def test_an_unrated_catalogue_is_said_to_be_unrated() -> None:
    written = {
        PriorTable.POPULAR_PRODUCTS,
        PriorTable.POPULAR_CATEGORIES,
        PriorTable.CATEGORY_LEADERS,
        PriorTable.PRODUCT_PRIORS,
    }
    made = ratings_and_popularity.report_of(written, {ScopeKind.SEASON}, has_events=True)
    assert made.absent == {
        "rated_categories": "no product of the catalogue has a rating",
        "rated_products": "no product of the catalogue has a rating",
        "popularity_region": "no region was named by several shoppers of the period",
        "user_tastes": "no interaction of the period is of a known user",
    }


def test_without_a_history_nothing_is_said_to_lack_growth() -> None:
    made = trending_and_arrivals.report_of(set(), has_events=False)
    assert made.absent["trending"] == "the period has no interactions"
    grown = trending_and_arrivals.report_of(set(), has_events=True)
    assert "grew" in grown.absent["trending"]
