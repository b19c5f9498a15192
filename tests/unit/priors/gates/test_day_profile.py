"""Profiles of days: put together, and kept from night to night."""

from datetime import date, timedelta

from personalization.priors.gates.day_profile import MOST_DAYS, PROFILES, MeasuredDay, ProfileFile
from tests.builders.nights.day_profile import a_day_profile

MONDAY, TUESDAY = date(2026, 7, 27), date(2026, 7, 28)


def test_parts_of_a_day_are_summed_but_for_what_a_session_or_a_region_may_be_in_both() -> None:
    part = a_day_profile(events=10, sessions=4, largest_session=3, regions=2, nulls={"type": 1})
    other = a_day_profile(
        events=5, sessions=2, largest_session=5, regions=1, nulls={"session_id": 2}
    )
    both = part.merge(other)
    assert (both.events, both.sessions, both.largest_session, both.regions) == (15, 6, 5, 2)
    assert both.nulls == {"type": 1, "session_id": 2}
    assert both.by_type == {"product_view": 2_000}
    assert part.merge(other) == other.merge(part)


def test_only_days_that_are_new_or_changed_are_measured_again() -> None:
    kept = ProfileFile(
        (
            MeasuredDay(fingerprint="a", profile=a_day_profile(day=MONDAY)),
            MeasuredDay(fingerprint="b", profile=a_day_profile(day=TUESDAY)),
        )
    )
    wednesday = date(2026, 7, 29)
    wanted = {MONDAY: "a", TUESDAY: "changed", wednesday: "c"}
    assert kept.days_to_measure(wanted) == [TUESDAY, wednesday]


def test_the_file_holds_the_days_of_the_period_and_no_others() -> None:
    kept = ProfileFile((MeasuredDay(fingerprint="a", profile=a_day_profile(day=MONDAY)),))
    measured = {TUESDAY: a_day_profile(day=TUESDAY, events=7)}
    now = kept.of_period({TUESDAY: "b"}, measured)
    assert now.profiles() == measured
    assert PROFILES.decode(PROFILES.encode(now)) == now


def test_the_warehouse_keeps_days_outside_the_period_and_a_bounded_number() -> None:
    days = [MONDAY + timedelta(days=number) for number in range(MOST_DAYS + 1)]
    kept = ProfileFile(
        tuple(MeasuredDay(fingerprint="a", profile=a_day_profile(day=day)) for day in days[:-1])
    )
    changed = MeasuredDay(fingerprint="b", profile=a_day_profile(day=days[-2]))
    newer = MeasuredDay(fingerprint="c", profile=a_day_profile(day=days[-1]))
    both = kept.with_newer(ProfileFile((changed, newer)))
    assert both.days == (*kept.days[1:-1], changed, newer)
