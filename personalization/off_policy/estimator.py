"""The off-policy estimators, by name, and the one number that they share."""

from enum import StrEnum


class Estimator(StrEnum):
    """How the value of a policy is estimated from the log of another; docs/off_policy.md."""

    IPS = "ips"
    SNIPS = "snips"
    DM = "dm"
    DR = "dr"
    SWITCH_DR = "switch-dr"

    @property
    def uses_weights(self) -> bool:
        """Whether it divides by logged propensities, instead of trusting the reward model."""
        return self is not Estimator.DM


SWITCH_WEIGHT = 10.0
"""tau: above this importance weight Switch-DR trusts the reward model instead. It is where the
learner clips too (`--clip_p 0.1`), and twice the weight that a full switch to a slot's uniform
draw has under our exploration of 0.2."""
