"""What is measured of a night's input: numbers for the gates, from the profiles of its days."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from personalization.domain.quality.gate import GateName
from personalization.priors.gates.day_profile import DayProfile
from personalization.priors.gates.night_facts import LIVE_DAYS, NightFacts
from personalization.priors.gates.verdict import Reading

_WEEK = timedelta(days=7)
COMPARED_WEEKS = 8
"""Two months: less would follow a bad week, more would not follow a season."""
FEWEST_WEEKDAYS = 4
"""Earlier same weekdays with events; the median of fewer is moved by a single odd one."""
FEWEST_EVENTS = 200
"""Of a day of which a session's share says anything."""
NEAR_NIGHTS = 7
"""Days between two generations up to which they should be alike."""


@dataclass(frozen=True, slots=True)
class _Loss:
    """A day as the active generation counted it, and as it is now."""

    before: DayProfile
    now: DayProfile | None

    @property
    def events(self) -> int:
        """Return how many are gone; the day's largest session may be erased, as a flood should."""
        kept = self.now.events if self.now else 0
        largest = self.now.largest_session if self.now else self.before.largest_session
        erased = max(self.before.largest_session - largest, 0)
        return max(self.before.events - kept - erased, 0)


def history_readings(facts: NightFacts) -> Iterator[Reading]:
    """Yield what the gates of the input look at."""
    yield from _volume(facts)
    yield _freshness(facts)
    yield from _loss(facts)
    yield _future(facts)
    new = facts.new_days()
    if not new:
        return
    first_night = facts.former is None
    yield from _shares(new, may_stop=not first_night)
    yield from _excesses(facts, new)
    yield _session_share(new, may_stop=not first_night)


def _volume(facts: NightFacts) -> Iterator[Reading]:
    day = facts.whole_day()
    if day is None:
        return
    place = f"{day:%A} {day}"
    earlier = [facts.days.get(day - weeks * _WEEK) for weeks in range(1, COMPARED_WEEKS + 1)]
    counts = [profile.events for profile in earlier if profile is not None]
    found = facts.days[day].events if day in facts.days else 0
    for gate in (GateName.VOLUME, GateName.FLOOD):
        if len(counts) < FEWEST_WEEKDAYS:
            note = f"only {len(counts)} earlier {day:%A}s, {FEWEST_WEEKDAYS} are needed"
            yield Reading(gate=gate, place=place, value=None, note=note)
            continue
        usual = median(counts)
        yield Reading(
            gate=gate,
            place=place,
            value=found / usual if usual else None,
            base=int(usual),
            note=f"{found:,} events, usually {usual:,.0f}",
            may_stop=facts.former is not None and not facts.was_promoted(day),
        )


def _freshness(facts: NightFacts) -> Reading:
    newest, former, place = facts.newest, facts.former, f"up to {facts.until}"
    gate = GateName.FRESHNESS
    if facts.asked:
        return Reading(gate=gate, place=place, value=None, note="the run date was asked for")
    if newest is None:
        return Reading(gate=gate, place=place, value=None, note="there are no events")
    age = max((facts.until - newest).days, 0)
    if former is None or (former.made_on - former.run_date).days > LIVE_DAYS:
        note = f"the newest event is of {newest}, of an imported history"
        return Reading(gate=gate, place=place, value=None, note=note)
    # A shop that sends events once a week is not late after four days.
    usual = max(_longest_gap(facts.days) - 1, 0)
    return Reading(
        gate=gate,
        place=place,
        value=max(age - usual, 0),
        note=f"the newest event is of {newest}",
    )


def _longest_gap(days: Iterable[date]) -> int:
    ordered = sorted(days)
    gaps = [(later - day).days for day, later in pairwise(ordered)]
    return max(gaps, default=1)


def _loss(facts: NightFacts) -> Iterator[Reading]:
    """Compare the days that both periods have, together, and the day that lost most."""
    former = facts.former
    if former is None or former.days is None:
        return
    shared = [
        _Loss(profile, facts.days.get(day))
        for day, profile in former.days.items()
        if facts.first_day <= day <= facts.run_date
    ]
    before = sum(loss.before.events for loss in shared)
    if not before:
        return
    lost = sum(loss.events for loss in shared)
    yield Reading(
        gate=GateName.LOST,
        place="all days of both",
        value=lost / before,
        base=before,
        note=f"{lost:,} of {before:,}" if lost else "",
    )
    worst = max(shared, key=lambda loss: loss.events)
    if worst.events:
        count = worst.before.events
        yield Reading(
            gate=GateName.LOST,
            place=f"{worst.before.day:%A} {worst.before.day}",
            value=worst.events / count,
            base=count,
            note=f"{worst.events:,} of {count:,}",
        )


def _future(facts: NightFacts) -> Reading:
    after = facts.events_after_today
    every = after + sum(profile.events for profile in facts.days.values())
    return Reading(
        gate=GateName.FUTURE,
        place=f"after {facts.today}",
        value=after / every if every else 0,
        base=every,
        note=f"{after:,} events" if after else "",
        may_stop=facts.former is not None,
    )


_Count = Callable[[DayProfile], int]
_SHARES: Sequence[tuple[GateName, _Count, _Count]] = (
    (GateName.NULLS, lambda day: day.incomplete, lambda day: day.events),
    (GateName.STARS, lambda day: day.wrong_ratings, lambda day: day.ratings),
    (GateName.REWARDS, lambda day: day.wrong_rewards, lambda day: day.events),
    (GateName.MISPLACED, lambda day: day.misplaced, lambda day: day.events),
)
_EXCESSES: Sequence[tuple[GateName, _Count, _Count]] = (
    (GateName.UNKNOWN_PRODUCTS, lambda day: day.unknown_lines, lambda day: day.lines),
    (GateName.REGIONS, lambda day: day.without_region, lambda day: day.events),
)
"""What some of is usual: only the rise says anything."""


def _shares(new: Sequence[DayProfile], *, may_stop: bool) -> Iterator[Reading]:
    """Yield the share in all new days together."""
    for gate, bad, base in _SHARES:
        wrong, every = sum(map(bad, new)), sum(map(base, new))
        note = _note_of(new, wrong, every, gate)
        share = wrong / every if every else 0
        yield Reading(
            gate=gate, place=_span(new), value=share, base=every, note=note, may_stop=may_stop
        )


def _note_of(new: Sequence[DayProfile], wrong: int, every: int, gate: GateName) -> str:
    if not wrong:
        return ""
    note = f"{wrong:,} of {every:,}"
    if gate is not GateName.NULLS:
        return note
    columns: dict[str, int] = {}
    for profile in new:
        for column, count in profile.nulls.items():
            columns[column] = columns.get(column, 0) + count
    most = max(columns, key=columns.__getitem__)
    return f"{note}, most lack {most}"


def _excesses(facts: NightFacts, new: Sequence[DayProfile]) -> Iterator[Reading]:
    """Yield by how much the share is above what the active generation was made with.

    A first night has nothing to compare with: what it has is all there is of it.
    """
    former = facts.former
    usual_days = list((former.days or {}).values()) if former is not None else []
    for gate, bad, base in _EXCESSES:
        wrong, every = sum(map(bad, new)), sum(map(base, new))
        before = sum(map(base, usual_days))
        usual = sum(map(bad, usual_days)) / before if before else 0
        share = wrong / every if every else 0
        yield Reading(
            gate=gate,
            place=_span(new),
            value=max(share - usual, 0),
            base=every,
            note=f"{share:.1%} of {every:,}, usually {usual:.1%}"
            if before
            else f"{wrong:,} of {every:,}",
            may_stop=bool(before),
        )


def _session_share(new: Sequence[DayProfile], *, may_stop: bool) -> Reading:
    """Return the worst day's share; days of few events have always somebody who made much."""
    busy = [profile for profile in new if profile.events >= FEWEST_EVENTS]
    if not busy:
        note = f"no day has {FEWEST_EVENTS:,} events"
        return Reading(gate=GateName.SESSION_SHARE, place=_span(new), value=None, note=note)
    worst = max(busy, key=lambda profile: profile.largest_session / profile.events)
    return Reading(
        gate=GateName.SESSION_SHARE,
        place=f"{worst.day:%A} {worst.day}",
        value=worst.largest_session / worst.events,
        base=worst.sessions,
        note=f"{worst.largest_session:,} of {worst.events:,} events",
        may_stop=may_stop,
    )


def _span(days: Sequence[DayProfile]) -> str:
    first, last = days[0].day, days[-1].day
    return str(first) if first == last else f"{first} to {last}"
