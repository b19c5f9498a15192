"""Job: the partials of those days that are new, or of which something has changed."""

import logging
from collections.abc import Collection
from datetime import date
from hashlib import sha256
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.priors import warehouse as names
from spark_jobs.partials.blocks import CLOSED_EVENTS, BlockPlan, DayInput
from spark_jobs.partials.consents import days_of_marks, find_withdrawals, learnable
from spark_jobs.partials.partial_store import PartialStore
from spark_jobs.transforms.session_digests import without_sessions
from spark_jobs.warehouse import BuildingFolder, read_history

JOB = Path(__file__).stem
FORMULAS = Path(__file__).parent.parent
"""Every file of it has a part in what partials hold."""

logger = logging.getLogger(__name__)


def count_days(
    spark: SparkSession, plan_file: Path, closed_events: int = CLOSED_EVENTS
) -> BlockPlan:
    """Bring the partials of the plan's period up to date; return what was kept and counted."""
    folder = BuildingFolder(spark, plan_file)
    warehouse, request = Path(folder.plan.warehouse), folder.request
    store = PartialStore(spark, warehouse, closed_events)
    history = read_history(spark, warehouse)
    others = without_sessions(history, request.digest_key, request.erased_sessions)
    withdrawals = find_withdrawals(others, request.digest_key)
    kept = learnable(others, withdrawals, request.digest_key)
    left_out = frozenset(request.erased_sessions) | withdrawals.marks()
    folder.write_profiles(kept, folder.read_catalogue().products, left_out)

    def read(days: Collection[date]) -> DataFrame:
        return kept.where(F.col(names.DAY).isin(*days))

    period = period_inputs(folder)
    new = left_out - store.erased_digests
    stale = store.days_of_changed_products() | days_of_marks(history, request.digest_key, new)
    plan = store.plan(period, stale)
    logger.warning(
        "days kept: %d, counted: %d",
        sum(len(block.days) for block in plan.kept),
        sum(len(block.days) for block in plan.made),
    )
    # A backfill leaves the partials of the days after it to the next night.
    is_newest = folder.plan.run_date >= (names.read_snapshot(warehouse).history_until or date.min)
    store.renew(plan, read, sorted(left_out), keep=not is_newest)
    return plan


def period_inputs(folder: BuildingFolder) -> dict[date, DayInput]:
    """Return the days of the period that have events, with what they are counted from."""
    snapshot = names.read_snapshot(Path(folder.plan.warehouse))
    code = _code_digest()
    return {
        day: DayInput(f"{code}-{fingerprint}", int(fingerprint.partition("-")[0]))
        for day, fingerprint in snapshot.fingerprints.items()
        if folder.plan.first_day <= day <= folder.plan.run_date
    }


def _code_digest() -> str:
    folders = (FORMULAS / "partials", FORMULAS / "transforms")
    files = sorted(file for folder in folders for file in folder.glob("*.py"))
    return sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]
