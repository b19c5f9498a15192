"""Job: what goes with what, by the order of views and by what was taken together."""

from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.prior import PriorTable
from personalization.domain.repeats import SEVERAL_SHOPPERS
from personalization.priors import warehouse as names
from personalization.priors.warehouse import JobReport, NightlyPlan
from spark_jobs.columns import FOLLOWER, ITEM
from spark_jobs.partials.kinds import PartialKind
from spark_jobs.period import CountedPeriod
from spark_jobs.transforms import affinity, bundles
from spark_jobs.transforms import counts as counted
from spark_jobs.transforms.borrowed_evidence import (
    cold_products,
    lending_sources,
    with_cold_members,
    with_lists_of_cold,
)
from spark_jobs.transforms.content_similarity import (
    SIMILAR_PRODUCTS,
    largest_block,
    similar_products,
)
from spark_jobs.transforms.interactions import of_catalogue
from spark_jobs.transforms.past_sessions import past_sessions, session_acts
from spark_jobs.transforms.ranked_list import rank_members

JOB = Path(__file__).stem
TOO_FEW_FOLLOWERS = "no {item} followed another in a session for at least {support} shoppers"
NO_EVENTS = "the period has no interactions"
NO_VIEWS = "the period has no product views of several shoppers, so their order is not known"
TOO_FEW_TOGETHER = (
    "no two products were together more than chance for at least {support} shoppers ({by})"
)
VIEW_ORDER = "the order of views in a session"
TABLES = (
    PriorTable.PRODUCT_AFFINITY,
    PriorTable.LAG_AFFINITY,
    PriorTable.CATEGORY_AFFINITY,
    PriorTable.BUNDLES,
    PriorTable.BUNDLE_PRODUCTS,
)


def write(period: CountedPeriod) -> None:
    """Write the tables of what goes with what, and the sessions that the index is made of."""
    _, has_events = period.totals
    if has_events:
        _write(period)
    else:
        absent = {table.value: NO_EVENTS for table in TABLES}
        period.folder.write_report(JOB, JobReport(absent=absent, parameters={}))


def _write(period: CountedPeriod) -> None:
    folder, support = period.folder, period.plan.fewest_together
    after_views = period.plan.fewest_following
    shoppers = period.contributions.shoppers_by_source
    source = bundles.best_source(shoppers)
    taken = folder.keep(bundles.baskets(period.acts, source), "baskets")
    pairs = _pairs_on_sale(
        bundles.bundle_pairs(bundles.pairs_together(taken), taken, support), period
    )
    pairs = folder.keep(pairs, "bundle_pairs")
    kept = rank_members(bundles.bundles_of_products(pairs), bundles.BUNDLES_PER_PRODUCT)
    has_views = shoppers[bundles.BasketSource.VIEW] >= SEVERAL_SHOPPERS
    tables = {
        PriorTable.BUNDLES: kept,
        PriorTable.BUNDLE_PRODUCTS: rank_members(bundles.products_of_bundles(pairs, kept), 2),
    }
    if has_views:
        tables |= _after_views(period, after_views)
        if period.plan.index_sessions:
            folder.write_past_sessions(_past_sessions(period))
    else:
        tables[PriorTable.PRODUCT_AFFINITY] = _after_taking(period, taken, support)
    written = folder.write_tables(tables)
    folder.write_report(JOB, report_of(written, period.plan, source, has_views=has_views))


def _pairs_on_sale(pairs: DataFrame, period: CountedPeriod) -> DataFrame:
    for side in ("a", "b"):
        on_sale = period.catalogue.products.select(F.col(names.PRODUCT_ID).alias(side))
        pairs = pairs.join(on_sale, side, "left_semi")
    return pairs


def _after_views(period: CountedPeriod, minimum: int) -> dict[PriorTable, DataFrame]:
    """Return the affinities that the order of views speaks for."""
    products = period.catalogue.products
    viewed = counted.view_counts(period.counts)
    pairs = period.folder.keep(
        affinity.sum_steps(period.read(PartialKind.STEPS))
        .join(affinity.shares(viewed), FOLLOWER)
        .repartition(ITEM)
        .join(products.select(F.col(names.PRODUCT_ID).alias(ITEM)), ITEM, "left_semi"),
        "steps",
    )
    following = affinity.with_strength(_with_borrowed(period, pairs, viewed, minimum))
    lags = affinity.lag_members(pairs, minimum)
    category_pairs = affinity.sum_steps(period.read(PartialKind.CATEGORY_STEPS)).join(
        affinity.shares(counted.view_counts(period.category_counts)), FOLLOWER
    )
    of_categories = affinity.next_members(category_pairs, minimum)
    known = period.catalogue.categories.select(F.col(names.CATEGORY_ID).alias(names.KEY))
    return {
        PriorTable.PRODUCT_AFFINITY: rank_members(following, affinity.NEXT_LIST_SIZE),
        PriorTable.LAG_AFFINITY: rank_members(lags, affinity.LAG_LIST_SIZE, ITEM, affinity.BUCKET),
        PriorTable.CATEGORY_AFFINITY: rank_members(
            of_categories.join(known, names.KEY, "left_semi"), affinity.NEXT_LIST_SIZE
        ),
    }


def _after_taking(period: CountedPeriod, taken: DataFrame, support: int) -> DataFrame:
    """Return what stands in where no view is known: what was taken together."""
    on_sale = period.catalogue.products.select(names.PRODUCT_ID)
    counts = bundles.basket_counts(taken).join(
        on_sale.withColumnRenamed(names.PRODUCT_ID, ITEM), ITEM, "left_semi"
    )
    pairs = (
        affinity.companions(bundles.pairs_together(taken))
        .join(affinity.shares(counts), FOLLOWER)
        .join(on_sale.withColumnRenamed(names.PRODUCT_ID, ITEM), ITEM, "left_semi")
    )
    return rank_members(affinity.next_members(pairs, support), affinity.NEXT_LIST_SIZE)


def _with_borrowed(
    period: CountedPeriod, pairs: DataFrame, viewed: DataFrame, minimum: int
) -> DataFrame:
    """Return the chances of followers, those of cold products by what is like them."""
    folder, catalogue = period.folder, period.catalogue.products
    own = folder.keep(affinity.next_chances(pairs, minimum), "next_chances")
    cold = folder.keep(cold_products(catalogue, viewed), "cold_products")
    alike = similar_products(catalogue, cold, largest_block(cold.count()))
    sources = folder.keep(
        lending_sources(rank_members(alike, SIMILAR_PRODUCTS), viewed), "lending_sources"
    )
    if sources.isEmpty():
        return own
    lists = folder.keep(with_lists_of_cold(own, sources), "lists_of_cold")
    return with_cold_members(lists, sources)


def _past_sessions(period: CountedPeriod) -> DataFrame:
    """Return the newest sessions, of no more days than they take."""
    maximum = period.plan.index_sessions
    first = F.lit(period.first_day_of_newest(maximum))
    acts, looks = (
        of_catalogue(frame.where(F.col(names.DAY) >= first), period.catalogue.products)
        for frame in (period.acts, period.read(PartialKind.LOOKS))
    )
    views = affinity.viewed_products(acts)
    key = period.folder.request.digest_key
    return past_sessions(views, session_acts(acts, looks), maximum, key)


def report_of(
    written: set[PriorTable],
    plan: NightlyPlan,
    source: bundles.BasketSource,
    *,
    has_views: bool,
) -> JobReport:
    """Say which tables are absent and why, and what affinities and bundles were made of."""
    too_few = TOO_FEW_TOGETHER.format(support=plan.fewest_together, by=source.value)
    after_views = plan.fewest_following
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
