"""The start of a night: export the input, then say in a plan what is to be computed from it."""

import hashlib
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

from dags.tasks.snapshot import snapshot_catalogue, snapshot_history
from dags.wiring import NightlyStores
from personalization.codec.warehouse_codec import PLAN
from personalization.domain import warehouse as names
from personalization.domain.identifiers import GenerationId
from personalization.domain.warehouse import NightlyPlan

FINGERPRINT_DIGITS = 10
"""Enough that two inputs of one day do not meet."""


def start_night(
    stores: NightlyStores, formulas: Path, run_date: date | None, today: date
) -> NightlyPlan:
    """Export history and catalogue and return the plan, written into its building folder.

    `run_date` is by default the newest day of the history, or `today` where there is none. The
    generation's id is the run date with a hash of input, parameters and the code in `formulas`:
    the same night computed again has the same id.
    """
    warehouse = stores.storage.warehouse.resolve()
    days = list(stores.history.days())
    plan = NightlyPlan(
        generation_id=GenerationId(""),
        run_date=run_date or (days[-1] if days else today),
        warehouse=str(warehouse),
        input_fingerprint="",
        period_days=stores.nightly.period_days,
        trending_days=stores.nightly.trending_days,
        list_size=stores.nightly.list_size,
        minimum_support=stores.nightly.minimum_support,
        new_arrival_days=stores.nightly.new_arrival_days,
    )
    period = [day for day in days if plan.first_day <= day <= plan.run_date]
    exported = snapshot_catalogue(stores.catalogue, warehouse)
    exported += snapshot_history(stores.history, warehouse, period)
    plan = replace(plan, input_fingerprint=_hash_of(*exported))
    return _begin_building(replace(plan, generation_id=_generation_id(plan, formulas)))


def _generation_id(plan: NightlyPlan, formulas: Path) -> GenerationId:
    parameters = PLAN.encode(replace(plan, warehouse="")).decode()
    code = (file.read_text("utf-8") for file in sorted(formulas.rglob("*.py")))
    digits = _hash_of(parameters, *code)[:FINGERPRINT_DIGITS]
    return GenerationId(f"{plan.run_date:%Y%m%d}-{digits}")


def _hash_of(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _begin_building(plan: NightlyPlan) -> NightlyPlan:
    """Clear what an interrupted night left behind and write the plan."""
    building = Path(plan.warehouse) / names.BUILDING_FOLDER
    if building.exists():
        shutil.rmtree(building)
    plan_file = plan_file_of(plan)
    plan_file.parent.mkdir(parents=True)
    plan_file.write_bytes(PLAN.encode(plan))
    return plan


def plan_file_of(plan: NightlyPlan) -> Path:
    """Return where the plan is kept while its generation is being made."""
    building = Path(plan.warehouse) / names.BUILDING_FOLDER
    return building / plan.generation_id / names.PLAN_FILE


def read_plan(plan_file: Path) -> NightlyPlan:
    """Return the plan of a night that has started."""
    return PLAN.decode(plan_file.read_bytes())
