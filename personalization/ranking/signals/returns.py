"""That shoppers go back to what they saw, by the return table."""

from personalization.ranking.signals.signal import SessionVisit, Signal


def _chances(visit: SessionVisit) -> dict[str, float]:
    return visit.chances


def _share(visit: SessionVisit) -> float:
    return visit.returning


RETURN = Signal(
    name="return",
    words="You looked at it before, and many come back to what they saw",
    strengths=_chances,
    share=_share,
)
