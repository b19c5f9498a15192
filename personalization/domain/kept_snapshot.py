"""Which snapshots of the models stay: many of lately, and some of long ago to go back to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOURLY = timedelta(hours=24)
DAILY = timedelta(days=14)
"""A bad day is found out on the next one, or after a weekend away: then there are others."""


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    version: str
    saved_at: datetime


def beyond_retention(snapshots: Sequence[KeptSnapshot], newest: int) -> list[KeptSnapshot]:
    """Return the snapshots to delete, of all there are, oldest first.

    The newest stay, the first one of each hour of the last day, and the first of each UTC day of
    the last two weeks. Ages are those relative to the newest one, so it needs no clock.
    """
    leaving: list[KeptSnapshot] = []
    hours: set[datetime] = set()
    days: set[datetime] = set()
    for snapshot in snapshots[:-newest]:
        age = snapshots[-1].saved_at - snapshot.saved_at
        hour = snapshot.saved_at.replace(minute=0, second=0, microsecond=0)
        day = hour.replace(hour=0)
        stays = (age <= HOURLY and hour not in hours) or (age <= DAILY and day not in days)
        hours.add(hour)
        days.add(day)
        if not stays:
            leaving.append(snapshot)
    return leaving
