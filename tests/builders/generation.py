"""Builds generations."""

from dataclasses import replace
from typing import Any

from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import Generation
from tests.builders.moments import NOON

_GENERATION = Generation(
    generation_id=GenerationId("generation-1"),
    run_date=NOON.date(),
    created_at=NOON,
    rows_by_table={"trending": 1},
    absent={"rated_products": "no product has a rating"},
    parameters={"period_days": "120", "shoppers": "500"},
)


def a_generation(**overrides: Any) -> Generation:
    """Return the description of one night, with some fields replaced."""
    return replace(_GENERATION, **overrides)
