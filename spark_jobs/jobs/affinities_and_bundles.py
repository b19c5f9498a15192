"""Job: what goes with what, by the order of views and by what was taken together."""

import sys
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.prior import SESSION_INDEX, PriorTable
from personalization.neighbours.return_table import learn_returns
from personalization.neighbours.session_index import build_index
from personalization.priors import warehouse as names
from personalization.priors.warehouse import JobReport, NightlyPlan
from personalization.ranking.fitted_weights import fit_weights
from spark_jobs.columns import ITEM
from spark_jobs.session import start_session
from spark_jobs.transforms import affinity, bundles
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms.borrowed_evidence import cold_products, viewers, with_borrowed
from spark_jobs.transforms.content_similarity import SIMILAR_PRODUCTS, similar_products
from spark_jobs.transforms.past_sessions import past_sessions, session_acts
from spark_jobs.transforms.ranked_list import rank_members
from spark_jobs.warehouse import BuildingFolder, NightlyInput

JOB = Path(__file__).stem
TOO_FEW_FOLLOWERS = "no {item} followed another in a session for at least {support} shoppers"
NO_EVENTS = "the period has no interactions"
NO_VIEWS = "the period has no product views of several shoppers, so their order is not known"
TOO_FEW_TOGETHER = (
    "no two products were together more than chance for at least {support} shoppers ({by})"
)
NO_SESSIONS = "no session viewed two products, or the setting wants no session index"
VIEW_ORDER = "the order of views in a session"
TABLES = (
    PriorTable.PRODUCT_AFFINITY,
    PriorTable.LAG_AFFINITY,
    PriorTable.CATEGORY_AFFINITY,
    PriorTable.BUNDLES,
    PriorTable.BUNDLE_PRODUCTS,
)


def main(plan_file: Path) -> None:
    spark = start_session(JOB)
    folder = BuildingFolder(spark, plan_file)
    night = folder.read_input()
    products = seen.counted_products(night.history, night.products).cache()
    if products.isEmpty():
        absent = {table.value: NO_EVENTS for table in TABLES}
        folder.write_report(JOB, JobReport(absent=absent, parameters={}))
    else:
        categories = seen.counted_categories(night.history, products, night.categories)
        _write(folder, products, categories, night)
    spark.stop()


def _write(
    folder: BuildingFolder, products: DataFrame, categories: DataFrame, night: NightlyInput
) -> None:
    support, after_views = folder.plan.minimum_support, folder.plan.minimum_affinity_support
    source = bundles.best_source(products)
    lines = bundles.baskets(products, source).cache()
    together = bundles.pairs_together(lines).cache()
    pairs = bundles.bundle_pairs(together, lines, support).cache()
    kept = rank_members(bundles.bundles_of_products(pairs), bundles.BUNDLES_PER_PRODUCT).cache()
    views = affinity.viewed_products(products).cache()
    has_views = affinity.are_of_several(views)
    steps = affinity.followers(views, affinity.FURTHEST).cache()
    lags = affinity.lag_members(steps, affinity.shares(views), after_views)
    if has_views:
        own = affinity.next_chances(steps, affinity.shares(views), after_views).cache()
        following = affinity.with_strength(_with_borrowed(own, views, night.products))
    else:
        taken = lines.select(F.col(names.PRODUCT_ID).alias(ITEM))
        following = affinity.next_members(
            affinity.companions(together), affinity.shares(taken), support
        )
    indexed = (
        _write_index(folder, views, session_acts(products, night.history))
        if has_views
        else JobReport(absent={SESSION_INDEX: NO_VIEWS}, parameters={})
    )
    written = folder.write_tables(
        {
            PriorTable.PRODUCT_AFFINITY: rank_members(following, affinity.NEXT_LIST_SIZE),
            PriorTable.LAG_AFFINITY: rank_members(lags, affinity.LAG_LIST_SIZE),
            PriorTable.CATEGORY_AFFINITY: rank_members(
                _category_members(categories, after_views), affinity.NEXT_LIST_SIZE
            ),
            PriorTable.BUNDLES: kept,
            PriorTable.BUNDLE_PRODUCTS: rank_members(bundles.products_of_bundles(pairs, kept), 2),
        }
    )
    made = report_of(written, folder.plan, source, has_views=has_views)
    both = JobReport(
        absent=made.absent | indexed.absent, parameters=made.parameters | indexed.parameters
    )
    folder.write_report(JOB, both)


def _with_borrowed(own: DataFrame, views: DataFrame, catalogue: DataFrame) -> DataFrame:
    """Return the chances of followers, those of cold products by what is like them."""
    seen_by = viewers(views).cache()
    cold = cold_products(catalogue, seen_by)
    similar = rank_members(similar_products(catalogue, cold), SIMILAR_PRODUCTS)
    return with_borrowed(own, similar, seen_by)


def _write_index(folder: BuildingFolder, views: DataFrame, acts: DataFrame) -> JobReport:
    """Write the session index, if there are sessions for it, with what it learned of them."""
    key, maximum = folder.request.digest_key, folder.plan.index_sessions
    sessions = past_sessions(views, acts, maximum, key)
    if not sessions:
        return JobReport(absent={SESSION_INDEX: NO_SESSIONS}, parameters={})
    former = folder.former_index()
    weights = fit_weights(sessions, former.weights if former is not None else None)
    returns = learn_returns(sessions)
    folder.write_index(build_index(sessions, returns, weights, folder.plan.index_sessions))
    return JobReport(
        absent={},
        parameters={f"{name}_weight": f"{of:g}" for name, of in weights.by_name.items()}
        | {
            "neighbours_time_scale_seconds": str(weights.time_scale_seconds),
            "neighbours_distance_root": str(weights.distance_root),
        }
        | {
            f"{name}_weight_from_{seen}": f"{of:g}"
            for seen, weights_after in weights.by_seen.items()
            for name, of in weights_after.items()
        }
        | {f"neighbours_{type_}_worth": f"{of:g}" for type_, of in weights.worths.items()},
    )


def _category_members(interactions: DataFrame, minimum_support: int) -> DataFrame:
    views = affinity.viewed_categories(interactions)
    steps = affinity.followers(views, affinity.NEXT_DISTANCES)
    return affinity.next_members(steps, affinity.shares(views), minimum_support)


def report_of(
    written: set[PriorTable],
    plan: NightlyPlan,
    source: bundles.BasketSource,
    *,
    has_views: bool,
) -> JobReport:
    """Say which tables are absent and why, and what affinities and bundles were made of."""
    too_few = TOO_FEW_TOGETHER.format(support=plan.minimum_support, by=source.value)
    after_views = plan.minimum_affinity_support
    products = TOO_FEW_FOLLOWERS.format(item="product", support=after_views)
    categories = TOO_FEW_FOLLOWERS.format(item="category", support=after_views)
    reasons = {
        PriorTable.PRODUCT_AFFINITY: products if has_views else too_few,
        PriorTable.LAG_AFFINITY: products if has_views else NO_VIEWS,
        PriorTable.CATEGORY_AFFINITY: categories if has_views else NO_VIEWS,
        PriorTable.BUNDLES: too_few,
        PriorTable.BUNDLE_PRODUCTS: too_few,
    }
    absent = {table.value: reason for table, reason in reasons.items() if table not in written}
    affinities_from = VIEW_ORDER if has_views else source.value
    return JobReport(
        absent=absent,
        parameters={"affinities_from": affinities_from, "bundles_from": source.value},
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
