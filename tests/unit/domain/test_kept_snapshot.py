"""Retention of snapshots: dense lately, sparse long ago."""

from datetime import timedelta

from personalization.domain.kept_snapshot import KeptSnapshot, beyond_retention
from tests.builders.moments import NOON

PERIOD = timedelta(minutes=10)


def test_the_newest_stay_and_the_first_of_each_hour_and_day_before_them() -> None:
    kept: list[KeptSnapshot] = []
    for number in range(20 * 144):
        kept.append(KeptSnapshot(f"{number:06d}-x", NOON + number * PERIOD))
        leaving = {snapshot.version for snapshot in beyond_retention(kept, newest=5)}
        kept = [snapshot for snapshot in kept if snapshot.version not in leaving]

    ages = [kept[-1].saved_at - snapshot.saved_at for snapshot in kept]
    assert ages[-5:] == [number * PERIOD for number in (4, 3, 2, 1, 0)]
    hourly = [snapshot for snapshot in kept if snapshot.saved_at.minute == 0]
    assert sum(age <= timedelta(hours=24) for age in ages) == 5 + 24
    assert max(ages) <= timedelta(days=14)
    older = [
        snapshot for snapshot, age in zip(kept, ages, strict=True) if age > timedelta(hours=24)
    ]
    assert len(older) == 13
    assert all(snapshot.saved_at.hour == 0 for snapshot in older)
    assert len(hourly) >= len(older)


def test_what_is_fewer_than_the_newest_stays_whatever_its_age() -> None:
    kept = [
        KeptSnapshot(f"{number:06d}-x", NOON + number * 30 * timedelta(days=1))
        for number in range(5)
    ]

    assert beyond_retention(kept, newest=5) == []
    assert [snapshot.version for snapshot in beyond_retention(kept, newest=2)] == [
        "000000-x", "000001-x", "000002-x",
    ]  # fmt: skip
    assert beyond_retention([], newest=2) == []
