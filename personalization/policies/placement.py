import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from personalization.catalogue.filters.filter import EVERYTHING, Filter
from personalization.domain.asked import Strategy
from personalization.domain.draw import HOME
from personalization.domain.errors import InvalidPolicyError
from personalization.domain.models.learned_model import LearnedModel
from personalization.policies.epsilon_greedy import EPSILON_GREEDY
from personalization.policies.spec import PolicySpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most so many products of a row share a value, such as two of a brand."""

    field: str
    """`brand`, `category`, `colour` or any other field of filters, such as `attributes.fit`."""
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A place of the page, how many products it shows, and which policy fills it."""

    name: str = HOME
    size: int = 6
    policy: PolicySpec = field(default_factory=lambda: PolicySpec.of(EPSILON_GREEDY.name))
    title: str = ""
    """What stands above it; of no concern to decisions."""
    strategy: Strategy = Strategy.PERSONAL
    """Where its products come from, with a call that names none."""
    fallbacks: tuple[Strategy, ...] = ()
    """Tried in this order while it is short."""
    filter: Filter = EVERYTHING
    caps: tuple[Cap, ...] = ()
    on_profile: bool = True
    """Whether every profile draws it; the others are drawn by the calls that ask for them."""


def on_profiles(placements: Sequence[Placement]) -> tuple[Placement, ...]:
    return tuple([placement for placement in placements if placement.on_profile])


ONE_PLACEMENT = (Placement(),)
MOST_SLOTS = 50
_WRITTEN = re.compile(r"([a-z][a-z0-9_-]*)\s*=\s*([0-9]+)\s(.+)")


def parse_placements(text: str) -> tuple[Placement, ...]:
    """Parse `name=size policy; name=size policy`; raises `InvalidPolicyError`."""
    placements = tuple(_parse(part.strip()) for part in text.split(";") if part.strip())
    names = [placement.name for placement in placements]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidPolicyError(f"There are two placements {twice!r}.")
    if HOME not in names:
        raise InvalidPolicyError(f"There is no placement {HOME!r} in {text!r}.")
    return placements


def _parse(text: str) -> Placement:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise InvalidPolicyError(
            f"A placement is written as `home=6 epsilon-greedy:epsilon=0.2`, not {text!r}."
        )
    name, size, policy = found.groups()
    if not 1 <= int(size) <= MOST_SLOTS:
        raise InvalidPolicyError(f"Placement {name!r} has 1 to {MOST_SLOTS} slots, not {size}.")
    return Placement(name=name, size=int(size), policy=PolicySpec.parse(policy.strip()))


def check_placements(placements: Sequence[Placement], learned: frozenset[LearnedModel]) -> None:
    """Raise `InvalidPolicyError` for the first placement whose policy asks what is not learned."""
    for placement in placements:
        model = placement.policy.policy.model
        if model is not None and model not in learned:
            raise InvalidPolicyError(
                f"Placement {placement.name!r}: the policy {placement.policy.kind} asks the "
                f"model {model}, which is not learned. Add it to "
                f"FITTING_ROOM_LEARNING_MODELS (now {','.join(sorted(learned))})."
            )
