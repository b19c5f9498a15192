"""One arm of an experiment: a share of the units, and what is different for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What an arm does not override is as everywhere else."""

    name: str
    share: float
    """Of the units, above 0; the arms' shares add up to 1."""
    policies: Mapping[str, str] = field(default_factory=dict)
    """Placement -> policy as text."""
    tuning: Mapping[str, float] = field(default_factory=dict)
    """Name of a number of `Tuning` -> its value."""
    model_version: str | None = None
    """A pinned snapshot of the model."""

    def __post_init__(self) -> None:
        if not self.name or self.share <= 0:
            raise ValueError("An arm has a name and a share above 0.")

    @property
    def overrides(self) -> frozenset[str]:
        """What it overrides, each in a few words."""
        names = {f"the policy of {policy}" for policy in self.policies}
        names |= {f"the tuning's {number}" for number in self.tuning}
        return frozenset(names | ({"the model"} if self.model_version is not None else set()))
