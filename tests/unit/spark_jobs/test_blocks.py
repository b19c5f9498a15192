"""Which days a night counts again, and which it takes from blocks that are kept."""

from collections.abc import Mapping
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.partials.blocks import Block, BlockPlan, DayInput, plan_blocks

FIRST = date(2026, 7, 1)
CLOSED = 100


def _days(*events: int, start: int = 0, version: str = "1") -> dict[date, DayInput]:
    return {
        FIRST + timedelta(days=start + number): DayInput(f"{version}-{count}", count)
        for number, count in enumerate(events)
    }


def _plan(known: tuple[Block, ...], period: Mapping[date, DayInput]) -> BlockPlan:
    return plan_blocks(known, period, CLOSED)


def test_a_first_night_counts_all_days_in_blocks_that_are_worth_a_file() -> None:
    made = _plan((), _days(60, 60, 60, 10)).made
    assert [sorted(block.days) for block in made] == [
        sorted(_days(60, 60)),
        sorted(_days(60, 10, start=2)),
    ]


def test_the_next_night_counts_the_new_day_with_the_block_that_is_still_open() -> None:
    first = _plan((), _days(60, 60, 60)).made
    plan = _plan(first, _days(60, 60, 60, 30))
    assert plan.kept == first[:1]
    assert [sorted(block.days) for block in plan.made] == [sorted(_days(60, 30, start=2))]


def test_a_night_without_news_counts_nothing() -> None:
    first = _plan((), _days(60, 60, 60)).made
    plan = _plan(first, _days(60, 60, 60))
    assert (sorted(plan.kept, key=str), plan.made) == (sorted(first, key=str), ())


def test_a_late_event_has_its_days_block_counted_again_and_no_other() -> None:
    first = _plan((), _days(100, 100, 100)).made
    period = {**_days(100, 100, 100), **_days(101, start=1)}
    plan = _plan(first, period)
    assert sorted(plan.kept, key=str) == sorted((first[0], first[2]), key=str)
    assert [sorted(block.days) for block in plan.made] == [[FIRST + timedelta(days=1)]]


def test_a_day_that_has_no_events_any_more_is_in_no_block() -> None:
    first = _plan((), _days(60, 60)).made
    period = _days(60)
    plan = _plan(first, {**period, **_days(10, start=2)})
    assert plan.kept == ()
    assert {day for block in plan.made for day in block.days} == set(period) | set(
        _days(10, start=2)
    )


def test_days_that_have_left_the_period_stay_in_their_block() -> None:
    first = _plan((), _days(60, 60)).made
    plan = _plan(first, _days(60, start=1))
    assert (plan.kept, plan.made) == (first, ())


@given(
    st.lists(st.integers(1, 150), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(1, 150)), max_size=4),
    st.integers(0, 6),
    st.lists(st.integers(1, 150), max_size=3),
)
def test_every_day_of_a_period_is_in_just_one_block_as_it_is_now(
    before: list[int], changed: list[tuple[int, int]], gone: int, new: list[int]
) -> None:
    known: tuple[Block, ...] = _plan((), _days(*before)).made
    period = _days(*before)
    for place, count in changed:
        day = FIRST + timedelta(days=place)
        if day in period:
            period[day] = DayInput(f"late-{count}", count)
    period |= _days(*new, start=len(before))
    period = {day: found for day, found in period.items() if day >= FIRST + timedelta(days=gone)}
    plan = _plan(known, period)
    held = [
        (day, found)
        for block in (*plan.kept, *plan.made)
        for day, found in block.days.items()
        if day in period
    ]
    assert sorted(held, key=str) == sorted(period.items(), key=str)
    again = _plan((*plan.kept, *plan.made), period)
    assert again.made == ()
