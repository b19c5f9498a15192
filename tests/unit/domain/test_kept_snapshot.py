"""Retention of snapshots: dense lately, sparse long ago."""

from datetime import timedelta

from personalization.domain.first_visit import FIRST_VISIT_LIFE
from personalization.domain.models.kept_snapshot import (
    ANCHORS_LIFE,
    KeptSnapshot,
    anchors,
    beyond_retention,
)
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
    assert sum(age <= ANCHORS_LIFE for age in ages) == ANCHORS_LIFE / PERIOD + 1
    assert sum(ANCHORS_LIFE < age <= timedelta(hours=24) for age in ages) == 24 - 6
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


def test_the_snapshot_of_a_first_visit_stays_as_long_as_its_decision_can_be_made_again() -> None:
    kept: list[KeptSnapshot] = []
    asked: dict[str, timedelta] = {}
    for number in range(2 * 24 * 60):
        now = NOON + number * timedelta(minutes=0.5)
        kept.append(KeptSnapshot(f"{number:06d}-x", now))
        # Whoever decides now, or has looked for a newer one ten minutes ago.
        asked[anchors(kept)[-1].version] = now + timedelta(minutes=10) - NOON
        leaving = {snapshot.version for snapshot in beyond_retention(kept, newest=5)}
        kept = [snapshot for snapshot in kept if snapshot.version not in leaving]
        needed = {
            version for version, last in asked.items() if NOON + last >= now - FIRST_VISIT_LIFE
        }
        assert needed <= {snapshot.version for snapshot in kept}

    assert len(kept) < 80
