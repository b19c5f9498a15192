"""Placements: the places of a page that show a slate of their own."""

from dataclasses import dataclass, field

from personalization.domain.draw import HOME
from personalization.domain.policy_spec import PolicyKind, PolicySpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A place of the page, how many products it shows, and which policy fills it."""

    name: str = HOME
    size: int = 6
    policy: PolicySpec = field(default_factory=lambda: PolicySpec.of(PolicyKind.EPSILON_GREEDY))


ONE_PLACEMENT = (Placement(),)
