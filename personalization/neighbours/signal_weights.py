from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalWeights:
    """How much the signals of a session weigh against its followers, whose weight is 1."""

    neighbours: float
    returns: float
    """Against what the return table says: 1 takes its chances as they are."""


HAND_SET = SignalWeights(neighbours=1.0, returns=1.0)
"""Where the night could not learn better ones."""
