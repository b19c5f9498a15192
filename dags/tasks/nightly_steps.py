"""The steps of a night, each with the stores of its own: what the tasks of the DAG call."""

from datetime import UTC, date, datetime
from pathlib import Path

from dags.tasks.generation_check import check_coverage, check_generation, complete
from dags.tasks.night import begin_night, plan_file_of, plan_night, read_plan
from dags.tasks.publication import load, promote, register
from dags.tasks.spark_conf import connector_conf, spark_conf
from dags.wiring import NightlyStores, open_stores
from personalization.domain.identifiers import GenerationId
from personalization.settings.nightly import NightlySettings

Begun = dict[str, str | dict[str, str]]
"""What the tasks after the first are given, by the names that the DAG asks for."""


def begin(run_date: str | None) -> Begun:
    """Export what Spark does not read by itself; return the request's file and Spark's options."""
    day = date.fromisoformat(run_date) if run_date else None
    with open_stores() as stores:
        request_file = begin_night(stores, day, datetime.now(UTC).date())
        return {
            "request": str(request_file),
            "keyspace": stores.keyspace or "",
            "spark_conf": spark_conf(stores.nightly),
            "connector_conf": _connector_conf(stores),
        }


def _connector_conf(stores: NightlyStores) -> dict[str, str]:
    return connector_conf(stores.nightly, stores.cassandra) if stores.keyspace else {}


def plan(request_file: Path, formulas: Path) -> str:
    """Return the file of the plan over what was exported for the request."""
    return str(plan_file_of(plan_night(request_file, NightlySettings(), formulas)))


def check(plan_file: Path) -> str:
    """Return the folder of the checked generation.

    Raises `GenerationRejectedError` where it must not be promoted.
    """
    building, plan = plan_file.parent, read_plan(plan_file)
    with open_stores() as stores:
        known, active = stores.priors.generations(), stores.priors.active()
        made = check_generation(plan, building, datetime.now(UTC), known)
        check_coverage(made, active, stores.nightly.minimum_coverage)
    return str(complete(building, Path(plan.warehouse)))


def publish_folder(folder: Path) -> str:
    """Register the generation in the folder, loaded before where Spark has not; return its id."""
    with open_stores() as stores:
        if stores.keyspace is None:
            load(stores.priors, folder)
        return register(stores.priors, folder).generation_id


def promote_id(generation_id: str) -> str:
    """Make the generation active and discard old ones; return its id."""
    with open_stores() as stores:
        kept, warehouse = stores.nightly.kept_generations, stores.storage.warehouse
        promote(stores.priors, GenerationId(generation_id), kept, warehouse)
    return generation_id
