"""Events of senders whose clock is wrong."""

from datetime import datetime, timedelta

import pytest

from personalization.tracking.rejection import EventRejection
from personalization.tracking.validation import TakenEvent
from tests.builders.moments import NOON
from tests.builders.wire_event import a_wire_event
from tests.unit.tracking.judging import judge_batch, names_by_code, rejection, take_event

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def _batch(clock: timedelta, *ages: timedelta, sent_at: object = None) -> list[TakenEvent]:
    """Judge events of some ages from a sender whose clock is ahead of ours by `clock`."""
    theirs = NOON + clock
    events = [
        a_wire_event(event_id=f"event-{number}", occurred_at=(theirs - age).isoformat())
        for number, age in enumerate(ages)
    ]
    found = judge_batch(*events, sent_at=theirs.isoformat() if sent_at is None else sent_at)
    assert all(isinstance(event, TakenEvent) for event in found), found
    return [event for event in found if isinstance(event, TakenEvent)]


@pytest.mark.parametrize(
    "clock",
    [6 * MINUTE, -6 * MINUTE, timedelta(days=3), timedelta(days=-3), timedelta(days=-9_000)],
)
def test_by_the_moment_of_sending_a_wrong_clock_is_corrected(clock: timedelta) -> None:
    found = _batch(clock, 90 * SECOND, 30 * SECOND)

    assert [event.event.occurred_at for event in found] == [NOON - 90 * SECOND, NOON - 30 * SECOND]
    assert list(names_by_code(found[0])) == ["clock_corrected"]
    seconds = abs(clock.total_seconds())
    side = "fast" if clock > timedelta(0) else "slow"
    assert f"{seconds:.0f} s {side}" in found[0].warnings[0].detail


def test_the_way_of_a_message_is_not_corrected() -> None:
    (found,) = _batch(-SECOND, MINUTE)
    assert found.event.occurred_at == NOON - SECOND - MINUTE
    assert found.warnings == ()


def test_without_the_moment_of_sending_what_lies_ahead_is_set_to_the_receipt() -> None:
    found = take_event(occurred_at=(NOON + 6 * MINUTE).isoformat())
    assert found.event.occurred_at == NOON
    assert list(names_by_code(found)) == ["clamped_to_receipt"]
    a_little = take_event(occurred_at=(NOON + SECOND).isoformat())
    assert (a_little.event.occurred_at, a_little.warnings) == (NOON, ())
    assert take_event(occurred_at="9999-12-31T23:59:59-14:00").event.occurred_at == NOON


def test_an_event_after_its_own_sending_is_set_to_the_receipt_after_the_correction() -> None:
    (found,) = _batch(6 * MINUTE, -MINUTE)
    assert found.event.occurred_at == NOON
    assert list(names_by_code(found)) == ["clock_corrected", "clamped_to_receipt"]


def test_what_is_too_old_by_the_senders_own_clock_is_too_old() -> None:
    theirs = NOON + timedelta(days=3)
    event = a_wire_event(occurred_at=(theirs - timedelta(hours=49)).isoformat())
    (found,) = judge_batch(event, sent_at=theirs.isoformat())
    assert isinstance(found, EventRejection)
    assert found.code == "too_old"


@pytest.mark.parametrize(
    "sent_at", [0, 4_070_908_800_000, "0001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"]
)
def test_a_moment_of_sending_that_does_not_fit_the_event_costs_it_nothing(sent_at: object) -> None:
    (found,) = _batch(timedelta(0), MINUTE, sent_at=sent_at)
    assert found.event.occurred_at == NOON - MINUTE
    assert list(names_by_code(found)) == ["bad_sent_at"]


def test_an_event_may_say_itself_when_it_was_sent() -> None:
    theirs = NOON + 6 * MINUTE
    found = take_event(occurred_at=(theirs - MINUTE).isoformat(), sent_at=theirs.isoformat())
    assert found.event.occurred_at == NOON - MINUTE
    (as_text,) = _batch(6 * MINUTE, MINUTE, sent_at=str(theirs.timestamp() * 1000))
    assert abs(as_text.event.occurred_at - (NOON - MINUTE)) < 0.001 * SECOND


@pytest.mark.parametrize(
    "sent_at",
    ["yesterday", {"a": 1}, True, NOON.timestamp(), "2025-06-01T12:00:00", 10**400, -(10**20)],
)
def test_a_moment_of_sending_that_is_none_costs_no_event(sent_at: object) -> None:
    (found,) = _batch(timedelta(0), MINUTE, sent_at=sent_at)
    assert found.event.occurred_at == NOON - MINUTE
    assert list(names_by_code(found)) == ["bad_sent_at"]


def _in(unit_per_second: int, moment: datetime) -> int:
    return int(moment.timestamp() * unit_per_second)


@pytest.mark.parametrize(
    ("per_second", "unit"), [(1, "seconds"), (10**6, "microseconds"), (10**9, "nanoseconds")]
)
def test_a_moment_in_another_unit_is_refused_by_the_name_of_the_unit(
    per_second: int, unit: str
) -> None:
    for moment in (NOON, NOON - timedelta(days=4_000)):
        found = rejection(occurred_at=_in(per_second, moment))
        assert found.code == "wrong_unit"
        assert f"in {unit} since 1970: send it in milliseconds" in found.detail
    assert rejection(occurred_at=NOON.timestamp()).code == "wrong_unit"
    milliseconds = NOON.timestamp() * 1000
    assert abs(take_event(occurred_at=milliseconds).event.occurred_at - NOON) < 0.001 * SECOND
