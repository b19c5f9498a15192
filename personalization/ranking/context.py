from collections import defaultdict
from datetime import datetime

from personalization.domain.context import CategoryAffinity, Context, daypart_of, season_of
from personalization.domain.identifiers import CategoryId
from personalization.domain.session import RecentEvent, Session
from personalization.domain.tuning import Tuning
from personalization.ranking.blend import freshness

STRONGEST = 3
"""Categories kept: a policy cannot learn much from a fourth."""


def ages(recent: tuple[RecentEvent, ...]) -> list[int]:
    """Return how many newer interactions each recent event has; one checkout is one event.

    Looking at something is no interaction, so nothing ages by it.
    """
    numbers: dict[str, int] = {}
    result, newer = [0] * len(recent), 0
    for place, event in enumerate(recent):
        if event.type.is_attention:
            result[place] = newer
            continue
        if event.event_id not in numbers:
            numbers[event.event_id] = newer
            newer += 1
        result[place] = numbers[event.event_id]
    return result


def with_attention(
    session: Session, interactions: tuple[RecentEvent, ...]
) -> tuple[RecentEvent, ...]:
    """Return some interactions of a session with what was looked at, newest first."""
    if not session.attention:
        return interactions
    # Sorting is stable: an interaction goes before a look of the same moment.
    both = sorted(
        (*interactions, *session.attention), key=lambda event: event.occurred_at, reverse=True
    )
    return tuple(both)


def context_of(
    session: Session, now: datetime, tuning: Tuning, tastes: tuple[CategoryAffinity, ...] = ()
) -> Context:
    return Context(
        season=season_of(now.date(), session.region),
        daypart=daypart_of(now),
        device=session.device,
        region=session.region,
        affinities=category_affinities(session, now, tuning),
        interaction_count=session.interaction_count,
        tastes=tastes,
    )


def category_affinities(
    session: Session, now: datetime, tuning: Tuning
) -> tuple[CategoryAffinity, ...]:
    """Return the strongest categories, their shares of the positive decayed reward."""
    strength: defaultdict[CategoryId, float] = defaultdict(float)
    recent = with_attention(session, session.in_force())
    for event, age in zip(recent, ages(recent), strict=True):
        if event.category_id is not None:
            fresh = 1.0
            if tuning.time_halflife_seconds:
                elapsed = (now - event.occurred_at).total_seconds()
                fresh = freshness(elapsed, tuning.time_halflife_seconds)
            strength[event.category_id] += event.reward * fresh * tuning.decay**age
    positive = {category: value for category, value in strength.items() if value > 0}
    total = sum(positive.values())
    strongest = sorted(positive.items(), key=lambda item: (-item[1], item[0]))[:STRONGEST]
    return tuple(CategoryAffinity(category, value / total) for category, value in strongest)
