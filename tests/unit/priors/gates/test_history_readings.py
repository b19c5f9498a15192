"""Which nights the gates refuse by what their days are like, and which they must let pass."""

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from personalization.domain.quality.gate import GateName
from personalization.priors.gates.day_profile import DayProfile
from personalization.priors.gates.gate_list import GATES
from personalization.priors.gates.history_readings import history_readings
from personalization.priors.gates.judge import judge
from personalization.priors.gates.night_facts import FormerNight, NightFacts
from personalization.priors.gates.verdict import GateOutcome, GateVerdict, NightJudgement
from tests.builders.nights.day_profile import a_day_profile, days_until

TODAY = date(2026, 7, 29)
YESTERDAY = TODAY - timedelta(days=1)
"""A Tuesday: the day that a night counts for the first time."""
BEFORE = YESTERDAY - timedelta(days=1)
PERIOD = 60


def _former(**overrides: Any) -> FormerNight:
    """Return the generation of the night before, made of ordinary days."""
    days = days_until(BEFORE, PERIOD)
    return replace(FormerNight(run_date=BEFORE, made_on=YESTERDAY, days=days), **overrides)


def _facts(*changed: DayProfile, **overrides: Any) -> NightFacts:
    facts = NightFacts(
        days=days_until(YESTERDAY, PERIOD + 1, *changed),
        first_day=YESTERDAY - timedelta(days=PERIOD),
        run_date=YESTERDAY,
        until=YESTERDAY,
        today=TODAY,
        former=_former(),
    )
    return replace(facts, **overrides)


def _judge(facts: NightFacts) -> NightJudgement:
    return judge(GATES, history_readings(facts))


def _rows(facts: NightFacts, gate: GateName) -> list[GateVerdict]:
    return [verdict for verdict in _judge(facts).verdicts if verdict.gate is gate]


def _stops(facts: NightFacts) -> set[GateName]:
    return {row.gate for row in _judge(facts).verdicts if row.outcome is GateOutcome.STOPPED}


def test_an_ordinary_night_passes_every_gate() -> None:
    facts = _facts()
    assert not _judge(facts).complaints()
    outcomes = {row.gate: row.outcome for row in _judge(facts).verdicts}
    assert outcomes.pop(GateName.STARS) is GateOutcome.UNJUDGED  # nobody has rated anything
    assert set(outcomes.values()) == {GateOutcome.PASSED}


@pytest.mark.parametrize(
    ("changed", "gate"),
    [
        ({"events": 500}, GateName.VOLUME),
        ({"events": 10_000}, GateName.FLOOD),
        ({"largest_session": 500}, GateName.SESSION_SHARE),
        ({"ratings": 40, "wrong_ratings": 40}, GateName.STARS),
        ({"unknown_lines": 400}, GateName.UNKNOWN_PRODUCTS),
        ({"incomplete": 1_000, "nulls": {"type": 1_000}}, GateName.NULLS),
        ({"wrong_rewards": 20}, GateName.REWARDS),
        ({"misplaced": 20}, GateName.MISPLACED),
    ],
)
def test_a_new_day_that_is_broken_stops_the_night(changed: dict[str, Any], gate: GateName) -> None:
    assert _stops(_facts(a_day_profile(day=YESTERDAY, **changed))) == {gate}


def test_a_row_says_what_was_measured_what_was_expected_and_what_to_do() -> None:
    [row] = _rows(_facts(a_day_profile(day=YESTERDAY, events=480)), GateName.VOLUME)
    assert row.place == "Tuesday 2026-07-28"
    assert row.measured == "0.48 times: 480 events, usually 1,000"
    assert row.expected == "at least 0.55 times"
    assert "holiday" in row.remedy


def test_a_day_that_is_missing_whole_is_a_day_of_no_events() -> None:
    facts = _facts()
    days = {day: profile for day, profile in facts.days.items() if day != YESTERDAY}
    assert _stops(replace(facts, days=days, run_date=BEFORE)) == {GateName.VOLUME}


def test_a_day_that_is_not_over_is_not_compared_with_whole_ones() -> None:
    begun = a_day_profile(day=TODAY, events=100)
    facts = _facts(begun, run_date=TODAY, until=TODAY)
    assert _stops(facts) == set()
    [row] = _rows(facts, GateName.VOLUME)
    assert row.place == "Tuesday 2026-07-28"


def test_weekdays_are_compared_only_where_four_earlier_ones_had_events() -> None:
    days = days_until(YESTERDAY, 28, a_day_profile(day=YESTERDAY, events=1))
    [row] = _rows(_facts(days=days), GateName.VOLUME)
    assert row.outcome is GateOutcome.UNJUDGED
    assert row.measured == "only 3 earlier Tuesdays, 4 are needed"


def test_a_small_shop_may_have_a_quiet_day() -> None:
    quiet = a_day_profile(day=YESTERDAY, events=2, sessions=1, largest_session=2)
    small = {"events": 30, "sessions": 8, "largest_session": 9}
    days = days_until(YESTERDAY, PERIOD + 1, quiet, **small)
    former = _former(days=days_until(BEFORE, PERIOD, **small))
    facts = _facts(days=days, former=former)
    assert _stops(facts) == set()
    [row] = _rows(facts, GateName.VOLUME)
    assert row.measured.endswith("only 30 events on the usual such day, 200 are needed")


def test_a_first_night_only_warns_since_there_is_nothing_to_fall_back_to() -> None:
    broken = a_day_profile(day=YESTERDAY, events=200, largest_session=200)
    days = days_until(YESTERDAY, PERIOD + 1, broken, incomplete=900, nulls={"type": 900})
    facts = _facts(days=days, former=None)
    assert _stops(facts) == set()
    warned = {row.gate for row in _judge(facts).complaints()}
    assert warned == {GateName.VOLUME, GateName.NULLS, GateName.SESSION_SHARE}


def test_an_imported_history_of_long_ago_is_not_stale_and_its_second_night_is_not_refused() -> None:
    last = date(2008, 8, 13)
    cut = a_day_profile(day=last, events=150)
    facts = _facts(days=days_until(last, PERIOD, cut), run_date=last)
    first = replace(facts, first_day=last - timedelta(days=PERIOD), former=None)
    former = FormerNight(run_date=last, made_on=TODAY, days=first.days)
    assert _stops(first) == set()
    assert _stops(replace(first, former=former)) == set()
    [row] = _rows(first, GateName.FRESHNESS)
    assert row.outcome is GateOutcome.UNJUDGED


@pytest.mark.parametrize(("days_ago", "stopped"), [(1, False), (4, False), (5, True), (30, True)])
def test_a_history_that_was_fresh_and_has_stopped_is_stale(days_ago: int, stopped: bool) -> None:  # noqa: FBT001 (what is expected)
    last = TODAY - timedelta(days=days_ago)
    former = _former(run_date=last, made_on=last, days=days_until(last, PERIOD))
    facts = _facts(days=days_until(last, PERIOD), run_date=last, former=former)
    assert (GateName.FRESHNESS in _stops(facts)) is stopped


def test_a_shop_whose_events_come_once_a_week_is_not_stale_after_six_days() -> None:
    weekly = [TODAY - timedelta(days=7 * weeks + 6) for weeks in range(9)]
    days = {day: a_day_profile(day=day) for day in weekly}
    former = _former(run_date=weekly[0], made_on=weekly[0], days=days)
    assert _stops(_facts(days=days, run_date=weekly[0], former=former)) == set()


def test_events_that_the_active_generation_counted_and_that_are_gone_stop_the_night() -> None:
    lost_day = YESTERDAY - timedelta(days=10)
    facts = _facts(a_day_profile(day=lost_day, events=400, sessions=80))
    assert _stops(facts) == {GateName.LOST}
    rows = _rows(facts, GateName.LOST)
    assert [row.place for row in rows] == ["all days of both", "Saturday 2026-07-18"]
    assert rows[1].measured == "60.0%: 600 of 1,000"


def test_a_large_session_may_be_erased_and_old_days_may_leave_the_period() -> None:
    flooded = a_day_profile(day=BEFORE, events=2_000, largest_session=1_100)
    former = _former(days=days_until(BEFORE, PERIOD * 2, flooded))
    assert GateName.LOST not in _stops(_facts(former=former))


def test_what_was_promoted_once_is_not_refused_when_the_night_runs_again() -> None:
    quiet = a_day_profile(day=YESTERDAY, events=300)
    facts = _facts(quiet)
    accepted = FormerNight(run_date=YESTERDAY, made_on=TODAY, days=facts.days)
    assert _stops(facts) == {GateName.VOLUME}
    assert _stops(replace(facts, former=accepted)) == set()


def test_products_that_were_always_unknown_are_usual() -> None:
    days = days_until(YESTERDAY, PERIOD + 1, unknown_lines=600)
    former = _former(days=days_until(BEFORE, PERIOD, unknown_lines=590))
    assert _stops(_facts(days=days, former=former)) == set()
    [row] = _rows(_facts(days=days, former=former), GateName.UNKNOWN_PRODUCTS)
    assert row.measured == "1.0%: 60.0% of 61,000, usually 59.0%"


def test_events_to_come_warn_and_stop_where_they_are_most() -> None:
    assert _stops(_facts(events_after_today=1_000)) == set()
    [row] = _rows(_facts(events_after_today=1_000), GateName.FUTURE)
    assert row.outcome is GateOutcome.WARNED
    assert row.expected == "at most 0.0%"
    assert _stops(_facts(events_after_today=100_000)) == {GateName.FUTURE}


def test_a_period_without_events_says_so_and_refuses_nothing() -> None:
    facts = _facts(days={}, former=None)
    assert _stops(facts) == set()
    assert all(row.outcome is GateOutcome.UNJUDGED for row in _judge(facts).verdicts)


def test_a_night_of_a_named_day_is_judged_by_that_day() -> None:
    day = date(2026, 7, 7)
    facts = _facts(
        days=days_until(day, PERIOD, a_day_profile(day=day, events=100)),
        run_date=day,
        asked=True,
        former=_former(days=None, run_date=day - timedelta(days=1)),
    )
    assert _stops(facts) == {GateName.VOLUME}


def test_a_number_that_is_none_is_beyond_every_limit() -> None:
    [reading] = [
        reading for reading in history_readings(_facts()) if reading.gate is GateName.VOLUME
    ]
    [verdict] = judge(GATES, [replace(reading, value=math.nan)]).verdicts
    assert verdict.outcome is GateOutcome.STOPPED
