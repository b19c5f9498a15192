"""Builds the request and the plan of a night."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from personalization.domain.identifiers import GenerationId
from personalization.priors.warehouse import NightlyPlan, NightlyRequest

_PLAN = NightlyPlan(
    generation_id=GenerationId("generation-1"),
    run_date=date(2026, 7, 28),
    warehouse="/nowhere",
    input_fingerprint="f",
    period_days=30,
    trending_days=7,
    list_size=50,
    minimum_support=3,
    minimum_affinity_support=1,
    new_arrival_days=30,
    index_sessions=1_000,
)


def a_nightly_plan(**overrides: Any) -> NightlyPlan:
    """Return a plan of thirty days, with some fields replaced."""
    return replace(_PLAN, **overrides)


def a_nightly_request(warehouse: Path, **overrides: Any) -> NightlyRequest:
    """Return the request of a night without a run date, with some fields replaced."""
    request = NightlyRequest(
        warehouse=str(warehouse),
        run_date=None,
        until=_PLAN.run_date,
        today=_PLAN.run_date,
        period_days=_PLAN.period_days,
        catalogue_fingerprint="c",
    )
    return replace(request, **overrides)
