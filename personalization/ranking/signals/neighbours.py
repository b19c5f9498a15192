"""What past sessions saw that share products with this one, by V-SKNN.

The session's own products have none: whether they come again is for the return table to say.
"""

from personalization.ranking.signals.signal import SessionVisit, Signal


def _strengths(visit: SessionVisit) -> dict[str, float]:
    return visit.neighbours


NEIGHBOURS = Signal(
    name="neighbours",
    words="Shoppers who looked at the same things looked at this, too",
    strengths=_strengths,
)
