"""Builds profiles of days, and histories of them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from personalization.priors.gates.day_profile import DayProfile

_PROFILE = DayProfile(
    day=date(2026, 7, 28),
    events=1_000,
    by_type={"product_view": 1_000},
    lines=1_000,
    sessions=200,
    largest_session=20,
    regions=3,
)


def a_day_profile(**overrides: Any) -> DayProfile:
    """Return a Tuesday of a thousand views by two hundred sessions, some fields replaced."""
    return replace(_PROFILE, **overrides)


def days_until(
    last: date, count: int, *changed: DayProfile, **overrides: Any
) -> dict[date, DayProfile]:
    """Return the profiles of so many days up to the last, all alike but for those given."""
    days = [last - timedelta(days=ago) for ago in reversed(range(count))]
    alike = {day: a_day_profile(day=day, **overrides) for day in days}
    return {**alike, **{profile.day: profile for profile in changed}}
