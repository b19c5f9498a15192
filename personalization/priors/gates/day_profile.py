"""What a day of the history is like, in numbers that a gate can look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

from personalization.codec.json_codec import JsonCodec

Counts = dict[str, int]
MOST_DAYS = 1_000
"""Kept in the warehouse, some 350 bytes each: a backfill of the last years measures none again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayProfile:
    """Counts of a day's events. All but the last three are sums, whatever the day was cut into."""

    day: date
    events: int
    by_type: Counts = field(default_factory=Counts)
    """Value of `EventType`, or `other` -> events."""
    nulls: Counts = field(default_factory=Counts)
    """Column -> events that lack it though their type needs it."""
    incomplete: int = 0
    """Events that lack any of these."""
    without_region: int = 0
    """Nobody has to say where they are: only a change of this says anything."""
    ratings: int = 0
    wrong_ratings: int = 0
    """Stars below 1 or above 5, or no number."""
    wrong_rewards: int = 0
    """Rewards beyond what any event is worth."""
    misplaced: int = 0
    """Events of another day."""
    lines: int = 0
    """Products named by events, each as often as it was named."""
    unknown_lines: int = 0
    """Those of products that were not on sale when the day was measured."""
    sessions: int = 0
    """Of both parts of a day that is put together, where a session may be in both: at most that."""
    largest_session: int = 0
    """Events of the session that has most: at least that, of a day that is put together."""
    regions: int = 0
    """As above: at least that many, of a day that is put together."""

    def merge(self, other: "DayProfile") -> "DayProfile":
        """Return what both are together; `day` is that of this one."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in _SUMS}
        return DayProfile(
            day=self.day,
            by_type=_sum_of(self.by_type, other.by_type),
            nulls=_sum_of(self.nulls, other.nulls),
            largest_session=max(self.largest_session, other.largest_session),
            regions=max(self.regions, other.regions),
            **sums,
        )


_APART = {"day", "by_type", "nulls", "largest_session", "regions"}
_SUMS = [field.name for field in fields(DayProfile) if field.name not in _APART]


def _sum_of(these: Counts, others: Counts) -> Counts:
    names = sorted(these.keys() | others.keys())
    return {name: these.get(name, 0) + others.get(name, 0) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredDay:
    """A profile with what its day was when it was measured."""

    fingerprint: str
    profile: DayProfile


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """Every measured day that is kept: a night measures only those that are new or changed."""

    days: tuple[MeasuredDay, ...] = ()

    def profiles(self) -> dict[date, DayProfile]:
        return {measured.profile.day: measured.profile for measured in self.days}

    def days_to_measure(self, fingerprints: Mapping[date, str]) -> list[date]:
        """Return the days that are new, or whose events are others than they were."""
        kept = {measured.profile.day: measured.fingerprint for measured in self.days}
        return sorted(day for day, text in fingerprints.items() if kept.get(day) != text)

    def of_period(
        self, fingerprints: Mapping[date, str], measured: Mapping[date, DayProfile]
    ) -> "ProfileFile":
        """Return exactly the days of a period: those measured now, and those kept of before."""
        known = {**self.profiles(), **measured}
        return ProfileFile(
            tuple(
                MeasuredDay(fingerprint=text, profile=known[day])
                for day, text in sorted(fingerprints.items())
                if day in known
            )
        )

    def with_newer(self, other: "ProfileFile") -> "ProfileFile":
        """Return the days of both, as the other has them; the oldest ones make room."""
        days = {measured.profile.day: measured for measured in (*self.days, *other.days)}
        return ProfileFile(tuple(days[day] for day in sorted(days)[-MOST_DAYS:]))


PROFILES: JsonCodec[ProfileFile] = JsonCodec(ProfileFile)


def read_profiles(file: Path) -> ProfileFile | None:
    """Return what the file holds; None where there is none, or one of another release."""
    try:
        return PROFILES.decode(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
