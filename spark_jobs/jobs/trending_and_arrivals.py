"""Job: what is new or growing."""

from pathlib import Path

from personalization.domain.prior import PriorTable
from personalization.priors.warehouse import JobReport
from spark_jobs.period import CountedPeriod
from spark_jobs.transforms.arrivals import new_arrivals
from spark_jobs.transforms.ranked_list import rank_members
from spark_jobs.transforms.trending import trending

JOB = Path(__file__).stem
NOT_GROWING = "no product grew against the weeks before with enough recent shoppers"
NO_EVENTS = "the period has no interactions"
NOT_LISTED = "no product of the catalogue was listed in the days before the run date"


def write(period: CountedPeriod) -> None:
    """Write the tables of what is trending and of new arrivals."""
    plan, folder = period.plan, period.folder
    interactions, _ = period.totals
    growing = trending(period.counts, plan.fewest_together)
    arrivals = new_arrivals(period.catalogue.products, plan.run_date, plan.new_arrival_days)
    written = folder.write_tables(
        {
            PriorTable.TRENDING: rank_members(growing, plan.list_size),
            PriorTable.NEW_ARRIVALS: rank_members(arrivals, plan.list_size),
        }
    )
    folder.write_report(JOB, report_of(written, has_events=interactions > 0))


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
