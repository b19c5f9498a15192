"""The steps of a night, each with the stores of its own: what the tasks of the DAG call."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from nightly.erasures import erase_rest
from nightly.formulas import FORMULAS
from nightly.generations.generation_check import complete
from nightly.generations.publication import discard_old, load, load_index, register
from nightly.generations.sketch import GenerationSketcher
from nightly.night import NightOptions, begin_night, plan_file_of, plan_night, read_plan
from nightly.quality.columns import input_columns
from nightly.quality.night_gates import NightGates
from nightly.wiring import NightlyStores, open_stores
from personalization.domain.errors import GenerationRejectedError
from personalization.domain.prior import Generation
from personalization.domain.quality.gate import GateName
from personalization.priors.promotion import decide_promotion
from personalization.priors.session_eraser import NIGHT, drop_spent_erasures
from personalization.priors.warehouse import (
    BACKFILL,
    BEGUN_AT,
    OUTCOME,
    OUTCOME_FILE,
    NightOutcome,
    read_request,
)
from personalization.settings.nightly import NightlySettings
from personalization.settings.privacy import PrivacySettings

_LOG = logging.getLogger(__name__)
Begun = dict[str, str]
"""What the tasks after the first are given, by the names that the DAG asks for."""


def begin(options: NightOptions) -> Begun:
    """Export what Spark does not read by itself; return the request's file and the keyspace.

    Raises `InvalidRunDateError` for a run date that is still to come.
    """
    with open_stores() as stores:
        now = datetime.now(UTC)
        request_file = begin_night(stores, now.date(), options, now)
        return {
            "request": str(request_file),
            "keyspace": stores.keyspace or "",
        }


def plan(request_file: Path) -> str:
    """Return the file of the plan over what was exported for the request.

    Raises `GenerationRejectedError` for files that Spark could not read.
    """
    planned = plan_night(
        request_file, NightlySettings(), FORMULAS, PrivacySettings().smallest_group
    )
    plan_file = plan_file_of(planned)
    fault = input_columns(Path(planned.warehouse))
    if fault.value:
        with open_stores() as stores:
            _gates(stores, plan_file, stores.priors.active()).judge_input(fault)
    return str(plan_file)


def judge_history(plan_file: Path) -> None:
    """Judge the days as soon as they are counted: most of a night's work is still to come.

    Raises `GenerationRejectedError` where they stop the night.
    """
    plan = read_plan(plan_file)
    request = read_request(Path(plan.warehouse))
    with open_stores() as stores:
        active = stores.priors.active()
        outcome = decide_promotion(plan, active, request.today, asked=request.promote)
        _gates(stores, plan_file, active if outcome.promoted else None).judge_input()


def check(plan_file: Path) -> str:
    """Return the folder of the checked generation.

    A backfill is compared with nothing, since nobody will be shown it. Raises
    `GenerationRejectedError` where it must not be promoted.
    """
    building, plan = plan_file.parent, read_plan(plan_file)
    warehouse, sketcher = Path(plan.warehouse), GenerationSketcher()
    request = read_request(warehouse)
    with open_stores() as stores:
        known, active = stores.priors.generations(), stores.priors.active()
        gates = _gates(stores, plan_file, active)
        made = gates.check(known, sketcher)
        if request.begun_at is not None:
            begun = {BEGUN_AT: request.begun_at.isoformat()}
            made = replace(made, parameters={**made.parameters, **begun})
        promoted = decide_promotion(made, active, request.today, asked=request.promote).promoted
        (gates if promoted else replace(gates, active=None)).judge_generation(made, sketcher)
        if not promoted and not _has_served(made, known):
            made = replace(made, parameters={**made.parameters, BACKFILL: "true"})
    _LOG.info("`fitting-room generations show %s` says what it was made of.", made.generation_id)
    return str(complete(made, building, warehouse))


def _gates(stores: NightlyStores, plan_file: Path, active: Generation | None) -> NightGates:
    plan = read_plan(plan_file)
    return NightGates(
        plan=plan,
        request=read_request(Path(plan.warehouse)),
        building=plan_file.parent,
        settings=stores.nightly,
        active=active,
        now=datetime.now(UTC),
    )


def gate_of(name: str) -> GateName:
    """Return the gate of a name; raises `GenerationRejectedError` where there is none."""
    if name not in set(GateName):
        gates = ", ".join(GateName)
        raise GenerationRejectedError(f"There is no gate {name!r} to accept. There are: {gates}.")
    return GateName(name)


def _has_served(made: Generation, known: Sequence[Generation]) -> bool:
    """Say whether the same generation was promoted before: first visits may be made by it."""
    return any(
        other.generation_id == made.generation_id and BACKFILL not in other.parameters
        for other in known
    )


def publish_folder(folder: Path) -> str:
    """Register the generation in the folder, loaded before where Spark has not; return its id."""
    with open_stores() as stores:
        if stores.keyspace is None:
            load(stores.priors, folder)
        load_index(stores.priors, folder)
        return register(stores.priors, folder).generation_id


def promote_id(generation_id: str) -> NightOutcome:
    """Make the generation active unless it is a backfill; discard old ones; say what was done."""
    with open_stores() as stores:
        kept, warehouse = stores.nightly.kept_generations, stores.storage.warehouse
        request = read_request(warehouse)
        made = next(g for g in stores.priors.generations() if g.generation_id == generation_id)
        active = stores.priors.active()
        outcome = decide_promotion(made, active, request.today, asked=request.promote)
        if outcome.promoted:
            stores.generations.activate(made, NIGHT)
        discard_old(stores.priors, kept, warehouse, active if outcome.promoted else None)
        drop_spent_erasures(stores.plans, stores.priors, stores.history, stores.rounds)
    erase_rest()
    (warehouse / OUTCOME_FILE).write_bytes(OUTCOME.encode(outcome))
    return outcome
