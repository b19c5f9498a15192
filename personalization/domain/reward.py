from collections.abc import Mapping

from personalization.domain.event import Event, EventType

REWARDS: Mapping[EventType, float | None] = {
    EventType.PRODUCT_VIEW: 1.0,
    EventType.CATEGORY_VIEW: 0.5,
    EventType.ADD_TO_CART: 3.0,
    EventType.CHECKOUT: 5.0,
    EventType.IMPRESSION: 0.0,
    EventType.FEEDBACK: None,
}
"""Strength of an event as evidence of interest; None where the event itself says it.

The ratios follow the usual funnel: a cart is rarer than a view by about this factor. A common
factor would change nothing, their ratios do: live evidence is the sum of rewards."""

BUNDLE_REWARD = 8.0
"""Buying a suggested bundle is the strongest sign there is: several products, on our word."""
THUMB_REWARD = 4.0
NEUTRAL_RATING = 3.0
RATING_REWARD_PER_STAR = 2.0
OUTCOME_SCALE = 5.0
"""An outcome of this reward or more counts as fully successful for the bandit."""


def reward(event: Event) -> float:
    """Return the reward of an event, negative where the shopper disliked what they saw."""
    if event.type is EventType.CHECKOUT and event.bundle_id is not None:
        return BUNDLE_REWARD
    amount = REWARDS[event.type]
    return _feedback_reward(event) if amount is None else amount


def _feedback_reward(event: Event) -> float:
    if event.rating is not None:
        return (event.rating - NEUTRAL_RATING) * RATING_REWARD_PER_STAR
    return THUMB_REWARD * (event.thumb or 0)


def outcome_of(total_reward: float) -> float:
    """Scale an impression's summed reward to the bandit's range of -1 to 1."""
    return max(-1.0, min(1.0, total_reward / OUTCOME_SCALE))
