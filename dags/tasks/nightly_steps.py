"""The steps of a night, each with the stores of its own: what the tasks of the DAG call."""

from datetime import UTC, date, datetime
from pathlib import Path

from dags.tasks.generation_check import check_coverage, check_generation, complete
from dags.tasks.night import plan_file_of, read_plan, start_night
from dags.tasks.publication import promote, publish
from dags.wiring import open_stores
from personalization.domain.identifiers import GenerationId


def export(run_date: str | None, formulas: Path) -> dict[str, str]:
    """Export the input and plan the night; return the plan's file and options for Spark."""
    day = date.fromisoformat(run_date) if run_date else None
    with open_stores() as stores:
        plan = start_night(stores, formulas, day, datetime.now(UTC).date())
        return {
            "plan": str(plan_file_of(plan)),
            "driver_memory": stores.nightly.spark_driver_memory,
            "java_options": stores.nightly.spark_java_options,
        }


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
    """Load and register the generation in the folder; return its id."""
    with open_stores() as stores:
        return publish(stores.priors, folder).generation_id


def promote_id(generation_id: str) -> str:
    """Make the generation active and discard old ones; return its id."""
    with open_stores() as stores:
        kept, warehouse = stores.nightly.kept_generations, stores.storage.warehouse
        promote(stores.priors, GenerationId(generation_id), kept, warehouse)
    return generation_id
