from collections.abc import Mapping
from dataclasses import dataclass, field

SEEN_FROM = (1, 2, 4)


def seen_from(seen: int) -> int:
    return max(least for least in SEEN_FROM if least <= seen)


@dataclass(frozen=True, slots=True)
class SignalWeights:
    """How much the signals of a session weigh against its followers, whose weight is 1."""

    by_name: Mapping[str, float] = field(default_factory=dict[str, float])
    """Of the signals that take part."""
    time_scale_seconds: int = 0
    """In so long what a past session counts falls to 1 / e; 0 is never."""
    distance_root: int = 0
    """What a past session viewed d products from what it shares counts 1 / d^(1 / root), the root
    being 2 or 4; 0 is the same everywhere."""

    worths: Mapping[str, float] = field(default_factory=dict[str, float])
    """What a product counts in the likeness of sessions, by the type of the newest interaction with
    it; 1 where it has none, and a view counts 1."""

    by_seen: Mapping[int, Mapping[str, float]] = field(
        default_factory=dict[int, Mapping[str, float]]
    )
    """Weights of their own in sessions that acted on so many products and more, by `SEEN_FROM`."""

    def after(self, seen: int) -> Mapping[str, float]:
        """Return the weights in a session that acted on so many products, one at least."""
        if not self.by_seen:
            return self.by_name
        return self.by_seen.get(seen_from(seen), self.by_name)

    def of(self, name: str) -> float:
        return self.by_name.get(name, 0.0)


HAND_SET = SignalWeights({"neighbours": 1.0, "return": 1.0})
"""Where the night could not learn better ones."""
