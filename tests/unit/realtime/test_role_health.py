"""A role is ill when its loop stands still for no reason that a restart would not mend."""

import time
from typing import Any

from realtime.health import RoleHealth

STUCK_SECONDS = 30.0


def health_after(seconds_ago: float, **state: Any) -> RoleHealth:
    return RoleHealth(turned_at=time.monotonic() - seconds_ago, **state)


def test_a_role_is_healthy_from_its_start_and_says_that_no_lag_is_known() -> None:
    report = RoleHealth().report(STUCK_SECONDS)

    assert report.healthy
    assert report.lag is None
    assert report.waiting_for is None


def test_a_role_is_healthy_while_its_loop_turns() -> None:
    report = health_after(29.0, lag=7).report(STUCK_SECONDS)

    assert report.healthy
    assert report.lag == 7
    assert 29.0 <= report.turned_seconds_ago < 30.0


def test_a_loop_that_has_not_come_round_for_too_long_is_stuck() -> None:
    report = health_after(31.0).report(STUCK_SECONDS)

    assert not report.healthy
    assert report.turned_seconds_ago >= 31.0


def test_a_stuck_loop_that_comes_round_is_healthy_again() -> None:
    health = health_after(3600.0)
    assert not health.report(STUCK_SECONDS).healthy

    health.note_turn()

    report = health.report(STUCK_SECONDS)
    assert report.healthy
    assert report.turned_seconds_ago < 1.0


def test_waiting_for_a_store_is_no_illness_however_long_it_takes() -> None:
    health = health_after(3600.0, waiting_for="kafka: no answer in time")

    report = health.report(STUCK_SECONDS)
    assert report.healthy
    assert report.waiting_for == "kafka: no answer in time"

    health.waiting_for = None
    assert not health.report(STUCK_SECONDS).healthy


def test_a_role_that_failed_is_ill_though_it_has_just_turned_or_waits() -> None:
    assert not health_after(0.0, failed=True).report(STUCK_SECONDS).healthy
    assert not health_after(0.0, failed=True, waiting_for="a store").report(STUCK_SECONDS).healthy
