"""The start of a night: the input is exported, then a plan says what is computed from it."""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from dags.tasks.snapshot import snapshot_catalogue, snapshot_history
from dags.wiring import NightlyStores
from personalization.domain.identifiers import GenerationId
from personalization.priors import warehouse as names
from personalization.priors.warehouse import (
    PLAN,
    REQUEST,
    SNAPSHOT,
    HistorySnapshot,
    NightlyPlan,
    NightlyRequest,
    period_start,
)
from personalization.settings.nightly import NightlySettings

FINGERPRINT_DIGITS = 10
"""Enough that two inputs of one day do not meet."""


def begin_night(stores: NightlyStores, run_date: date | None, today: date) -> Path:
    """Export the catalogue, and the history where it is in files; return the request's file.

    A history in Cassandra is left to Spark, which reads it for the request.
    """
    warehouse = stores.storage.warehouse.resolve()
    request = NightlyRequest(
        warehouse=str(warehouse),
        run_date=run_date,
        today=today,
        period_days=stores.nightly.period_days,
        catalogue_fingerprint=_hash_of(snapshot_catalogue(stores.catalogue, warehouse)),
    )
    (warehouse / names.SNAPSHOT_FILE).unlink(missing_ok=True)
    if stores.keyspace is None:
        snapshot = _export_period(stores, request)
        (warehouse / names.SNAPSHOT_FILE).write_bytes(SNAPSHOT.encode(snapshot))
    request_file = warehouse / names.REQUEST_FILE
    request_file.write_bytes(REQUEST.encode(request))
    return request_file


def _export_period(stores: NightlyStores, request: NightlyRequest) -> HistorySnapshot:
    days = list(stores.history.days())
    run_date = request.run_date or (days[-1] if days else request.today)
    first_day = period_start(run_date, request.period_days)
    period = [day for day in days if first_day <= day <= run_date]
    exported = snapshot_history(stores.history, Path(request.warehouse), period)
    return HistorySnapshot(run_date=run_date, fingerprints=exported)


def plan_night(request_file: Path, nightly: NightlySettings, formulas: Path) -> NightlyPlan:
    """Return the plan over what was exported, written into its building folder.

    The generation's id is the run date with a hash of input, parameters and the code in
    `formulas`: the same night computed again has the same id, wherever its history is kept.
    """
    request = REQUEST.decode(request_file.read_bytes())
    snapshot = SNAPSHOT.decode((Path(request.warehouse) / names.SNAPSHOT_FILE).read_bytes())
    days = (f"{day}={text}" for day, text in sorted(snapshot.fingerprints.items()))
    plan = NightlyPlan(
        generation_id=GenerationId(""),
        run_date=snapshot.run_date,
        warehouse=request.warehouse,
        input_fingerprint=_hash_of([request.catalogue_fingerprint, *days]),
        period_days=request.period_days,
        trending_days=nightly.trending_days,
        list_size=nightly.list_size,
        minimum_support=nightly.minimum_support,
        minimum_affinity_support=nightly.minimum_affinity_support,
        new_arrival_days=nightly.new_arrival_days,
    )
    return _begin_building(replace(plan, generation_id=_generation_id(plan, formulas)))


def _generation_id(plan: NightlyPlan, formulas: Path) -> GenerationId:
    parameters = PLAN.encode(replace(plan, warehouse="")).decode()
    code = (file.read_text("utf-8") for file in sorted(formulas.rglob("*.py")))
    digits = _hash_of([parameters, *code])[:FINGERPRINT_DIGITS]
    return GenerationId(f"{plan.run_date:%Y%m%d}-{digits}")


def _hash_of(parts: Iterable[str]) -> str:
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
    return PLAN.decode(plan_file.read_bytes())
