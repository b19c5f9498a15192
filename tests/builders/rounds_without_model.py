import numpy as np

from personalization.off_policy.logged_rounds import LoggedRounds
from personalization.off_policy.weighed_rounds import Indices, Numbers


def rounds_without_model(
    *, reward: Numbers, propensity: Numbers, chosen: Indices, target: Numbers
) -> LoggedRounds:
    """Return independent rounds without predictions: DR is then IPS, and DM is 0."""
    return LoggedRounds(
        reward=reward,
        propensity=propensity,
        chosen=chosen,
        target=target,
        predicted=np.zeros_like(target),
        session=np.arange(len(reward)),
    )
