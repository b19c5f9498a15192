"""Which snapshots of the models stay: many of lately, and some of long ago to go back to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from personalization.domain.first_visit import FIRST_VISIT_LIFE

HOURLY = timedelta(hours=24)
DAILY = timedelta(days=14)
"""A bad day is found out on the next one, or after a weekend away: then there are others."""
ANCHOR_MINUTES = 10
"""First visits are decided by the first snapshot of such a stretch. Those are kept as long as such
a decision can be made again: 36 at a time, where every one of every half minute would be 720."""
ANCHORS_LIFE = FIRST_VISIT_LIFE + 2 * timedelta(minutes=ANCHOR_MINUTES)
"""A process decides by an anchor until the next stretch has one of its own."""


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    version: str
    saved_at: datetime


def beyond_retention(snapshots: Sequence[KeptSnapshot], newest: int) -> list[KeptSnapshot]:
    """Return the snapshots to delete, of all there are, oldest first.

    The newest stay, the anchors of first visits as long as those live, the first one of each hour
    of the last day, and the first of each UTC day of the last two weeks. Ages are those relative to
    the newest one, so it needs no clock.
    """
    leaving: list[KeptSnapshot] = []
    anchored = {snapshot.version for snapshot in anchors(snapshots)}
    hours: set[datetime] = set()
    days: set[datetime] = set()
    for snapshot in snapshots[:-newest]:
        age = snapshots[-1].saved_at - snapshot.saved_at
        hour = snapshot.saved_at.replace(minute=0, second=0, microsecond=0)
        day = hour.replace(hour=0)
        stays = (
            (age <= ANCHORS_LIFE and snapshot.version in anchored)
            or (age <= HOURLY and hour not in hours)
            or (age <= DAILY and day not in days)
        )
        hours.add(hour)
        days.add(day)
        if not stays:
            leaving.append(snapshot)
    return leaving


def anchors(snapshots: Sequence[KeptSnapshot]) -> list[KeptSnapshot]:
    """Return the first snapshot of each stretch of ten minutes, of all there are, oldest first."""
    found: dict[datetime, KeptSnapshot] = {}
    for snapshot in snapshots:
        moment = snapshot.saved_at
        minute = moment.minute - moment.minute % ANCHOR_MINUTES
        found.setdefault(moment.replace(minute=minute, second=0, microsecond=0), snapshot)
    return list(found.values())
