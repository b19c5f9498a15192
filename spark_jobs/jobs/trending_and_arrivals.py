"""Job: what is new or growing."""

import sys
from pathlib import Path

from personalization.domain.prior import PriorTable
from personalization.priors.warehouse import JobReport
from spark_jobs.session import start_session
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms.arrivals import new_arrivals
from spark_jobs.transforms.ranked_list import rank_members
from spark_jobs.transforms.trending import trending
from spark_jobs.warehouse import BuildingFolder

JOB = Path(__file__).stem
NOT_GROWING = "no product grew against the weeks before with enough recent shoppers"
NO_EVENTS = "the period has no interactions"
NOT_LISTED = "no product of the catalogue was listed in the days before the run date"


def main(plan_file: Path) -> None:
    spark = start_session(JOB)
    folder = BuildingFolder(spark, plan_file)
    night, plan = folder.read_input(), folder.plan
    interactions = seen.counted_products(night.history, night.products).cache()
    growing = trending(interactions, plan.run_date, plan.trending_days, plan.minimum_support)
    arrivals = new_arrivals(night.products, plan.run_date, plan.new_arrival_days)
    written = folder.write_tables(
        {
            PriorTable.TRENDING: rank_members(growing, plan.list_size),
            PriorTable.NEW_ARRIVALS: rank_members(arrivals, plan.list_size),
        }
    )
    folder.write_report(JOB, report_of(written, has_events=not interactions.isEmpty()))
    spark.stop()


def report_of(written: set[PriorTable], *, has_events: bool) -> JobReport:
    """Say which tables are absent and why."""
    reasons = {
        PriorTable.TRENDING: NOT_GROWING if has_events else NO_EVENTS,
        PriorTable.NEW_ARRIVALS: NOT_LISTED,
    }
    return JobReport(
        absent={table.value: reason for table, reason in reasons.items() if table not in written},
        parameters={},
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
