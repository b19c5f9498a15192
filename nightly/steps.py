"""The steps that `python -m nightly` runs, each with the arguments that a task of a DAG gives it.

A field without a default must be given: a misspelt argument is an error. What a step needs is
imported when it runs, so that a step costs no more than it uses.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

from personalization.domain.errors import PersonalizationError


class NothingToDoError(PersonalizationError):
    """There was nothing to do."""


class NightStep(Protocol):
    """One task's part on the service's side; what it returns is written as JSON."""

    def run(self) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportHistory:
    run_date: date | None
    promote: bool
    accept_smaller: bool
    accept: tuple[str, ...]
    until: date

    def run(self) -> object:
        from nightly.night import NightOptions
        from nightly.nightly_steps import begin, gate_of

        return begin(
            NightOptions(
                run_date=self.run_date,
                until=self.until,
                promote=self.promote,
                accept_smaller=self.accept_smaller,
                accept=tuple(gate_of(name) for name in self.accept),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNight:
    request: str

    def run(self) -> object:
        from nightly.nightly_steps import plan

        return plan(Path(self.request))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGeneration:
    plan: str

    def run(self) -> object:
        from nightly.nightly_steps import check

        return check(Path(self.plan))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishGeneration:
    folder: str

    def run(self) -> object:
        from nightly.nightly_steps import publish_folder

        return publish_folder(Path(self.folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoteGeneration:
    generation_id: str

    def run(self) -> object:
        from nightly.nightly_steps import promote_id

        outcome = promote_id(self.generation_id)
        if not outcome.promoted:
            raise NothingToDoError(f"{self.generation_id} is kept, not promoted: {outcome.reason}")
        return self.generation_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkStep:
    name: str
    arguments: tuple[str, ...]

    def run(self) -> object:
        from nightly.nightly_steps import judge_history
        from nightly.spark_steps import run_spark_step

        run_spark_step(self.name, self.arguments)
        if self.name == _COUNTING:
            judge_history(Path(self.arguments[0]))
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSessions:
    plan: str

    def run(self) -> object:
        from nightly.generations.index_step import index_sessions

        return index_sessions(Path(self.plan))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRounds:
    run_date: date | None
    newest: date

    def run(self) -> object:
        from nightly.off_policy_day import begin

        return begin(self.run_date, self.newest)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteReport:
    folder: str

    def run(self) -> object:
        from nightly.off_policy_day import report

        return str(report(Path(self.folder)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFeeds:
    def run(self) -> object:
        from nightly.feeds import feed_names

        return feed_names()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFeed:
    name: str

    def run(self) -> object:
        from nightly.feeds import import_now

        return import_now(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteList:
    placement: str
    audience: str
    format: Literal["parquet", "csv", "jsonl"]
    count: int
    processes: int

    def run(self) -> object:
        from nightly.email_list import write_now

        return write_now(
            placement=self.placement,
            audience=self.audience,
            format_name=self.format,
            count=self.count,
            processes=self.processes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckExperiments:
    def run(self) -> object:
        from nightly.experiment_check import check_now

        return check_now()


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneStores:
    def run(self) -> object:
        from nightly.retention import prune_now

        return prune_now()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlearnSessions:
    def run(self) -> object:
        from nightly.forgetting import unlearn_now

        has_waited, sentence = unlearn_now()
        if not has_waited:
            raise NothingToDoError(sentence)
        return sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteTables:
    def run(self) -> object:
        from nightly.warehouse_tables import write_now

        return write_now()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuality:
    def run(self) -> object:
        from nightly.quality.day_report import report_now

        lines = report_now()
        if not lines:
            raise NothingToDoError("No night has been judged by gates yet.")
        return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class EndNight:
    def run(self) -> object:
        from nightly.application.client import stop
        from nightly.application.mailbox import Mailbox

        stop(Mailbox(home_warehouse()))
        return None


def home_warehouse() -> Path:
    """Return the warehouse of the environment's home, without what settings take to be read."""
    return Path(os.environ.get("FITTING_ROOM_HOME", "var")).resolve() / "warehouse"


OF_A_NIGHT = (
    "export_history",
    "plan_night",
    "index_sessions",
    "check_generation",
    "publish_generation",
    "promote_generation",
)
"""Steps that the night's application does, beside the Spark jobs of `JOBS_OF_A_NIGHT`."""
BEGINNING = "export_history"
_COUNTING = "count_days"
JOBS_OF_A_NIGHT = (
    "snapshot_history",
    _COUNTING,
    "ratings_and_popularity",
    "trending_and_arrivals",
    "affinities_and_bundles",
    "load_lists",
)
STEPS: Mapping[str, type[NightStep]] = {
    "export_history": ExportHistory,
    "plan_night": PlanNight,
    "index_sessions": IndexSessions,
    "check_generation": CheckGeneration,
    "publish_generation": PublishGeneration,
    "promote_generation": PromoteGeneration,
    "spark-step": SparkStep,
    "end_night": EndNight,
    "export_rounds": ExportRounds,
    "write_report": WriteReport,
    "list_feeds": ListFeeds,
    "import_feed": ImportFeed,
    "write_list": WriteList,
    "check_experiments": CheckExperiments,
    "prune_stores": PruneStores,
    "unlearn_sessions": UnlearnSessions,
    "write_tables": WriteTables,
    "report_quality": ReportQuality,
}
