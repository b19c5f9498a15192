"""A real night over the home folder of a test, in the session of Spark that the tests share."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nightly.formulas import FORMULAS
from nightly.generations.index_step import index_sessions
from nightly.night import NightOptions, begin_night, plan_file_of, plan_night
from nightly.nightly_steps import check, promote_id, publish_folder
from nightly.wiring import open_stores
from personalization.domain.identifiers import GenerationId
from personalization.domain.quality.gate import GateName
from personalization.settings.storage import StorageSettings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def run_night(spark: "SparkSession", home: Path) -> GenerationId:
    """Count, publish and promote; `FITTING_ROOM_HOME` must name the home folder."""
    from spark_jobs.jobs import (
        affinities_and_bundles,
        ratings_and_popularity,
        trending_and_arrivals,
    )
    from spark_jobs.jobs.count_days import count_days
    from spark_jobs.period import period_of

    options = NightOptions(promote=True, accept_smaller=True, accept=tuple(GateName))
    with open_stores(StorageSettings(home=home)) as stores:
        request = begin_night(stores, datetime.now(UTC).date(), options)
        plan = plan_night(request, stores.nightly, FORMULAS)
    plan_file = plan_file_of(plan)
    count_days(spark, plan_file)
    for job in (ratings_and_popularity, trending_and_arrivals, affinities_and_bundles):
        job.write(period_of(spark, plan_file))
    index_sessions(plan_file)
    made = GenerationId(publish_folder(Path(check(plan_file))))
    promote_id(made)
    return made
