"""Builds the plan of a night."""

from dataclasses import replace
from datetime import date
from typing import Any

from personalization.domain.identifiers import GenerationId
from personalization.priors.warehouse import NightlyPlan

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
