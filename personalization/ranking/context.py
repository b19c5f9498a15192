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
    """Return how many newer interactions each recent event has; one checkout is one event."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(event.event_id, len(numbers)) for event in recent]


def context_of(session: Session, now: datetime, tuning: Tuning) -> Context:
    return Context(
        season=season_of(now.date(), session.region),
        daypart=daypart_of(now),
        device=session.device,
        region=session.region,
        affinities=category_affinities(session, now, tuning),
        interaction_count=session.interaction_count,
    )


def category_affinities(
    session: Session, now: datetime, tuning: Tuning
) -> tuple[CategoryAffinity, ...]:
    """Return the strongest categories, their shares of the positive decayed reward."""
    strength: defaultdict[CategoryId, float] = defaultdict(float)
    for event, age in zip(session.recent, ages(session.recent), strict=True):
        if event.category_id is not None:
            elapsed = (now - event.occurred_at).total_seconds()
            fresh = freshness(elapsed, tuning.time_halflife_seconds)
            strength[event.category_id] += event.reward * fresh * tuning.decay**age
    positive = {category: value for category, value in strength.items() if value > 0}
    total = sum(positive.values())
    strongest = sorted(positive.items(), key=lambda item: (-item[1], item[0]))[:STRONGEST]
    return tuple(CategoryAffinity(category, value / total) for category, value in strongest)
