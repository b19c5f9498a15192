from collections.abc import Mapping

from personalization.domain.event import Event, EventType

REWARDS: Mapping[EventType, float | None] = {
    EventType.PRODUCT_VIEW: 1.0,
    EventType.CATEGORY_VIEW: 0.5,
    EventType.ADD_TO_CART: 3.0,
    EventType.CHECKOUT: 5.0,
    EventType.IMPRESSION: 0.0,
    EventType.FEEDBACK: None,
    EventType.REMOVE_FROM_CART: -3.0,
    EventType.REFUND: -5.0,
    EventType.DWELL: None,
    EventType.HOVER: None,
    EventType.LOGIN: 0.0,
    EventType.CONSENT: 0.0,
}
"""Strength of an event as evidence of interest; None where the event itself says it.

The ratios follow the usual funnel: a cart is rarer than a view by about this factor. A common
factor would change nothing, their ratios do: live evidence is the sum of rewards. A removal and a
refund give back what the cart and the checkout gave, so that the sums are as if neither had been;
they say nothing against the product, so nothing ever falls below 0 by them alone."""

DWELL_REWARD = 0.5
"""A whole `DWELL_CAP_MS` of looking: half a view, until a learner has found what it is worth. Time
in sight says less than an act, since nobody has to do anything for it."""
HOVER_REWARD = 0.1
"""A whole `HOVER_CAP_MS`: a pointer also rests where nobody looks."""
DWELL_CAP_MS = 60_000
"""Of an event, and of a product in a session: half a minute is the usual sign of a page that was
read (Fox et al. 2005, Evaluating implicit measures); after twice that people have walked away."""
HOVER_CAP_MS = 3_000
"""As above: a pointer that rests longer has been left there."""
ATTENTION: Mapping[EventType, tuple[float, int]] = {
    EventType.DWELL: (DWELL_REWARD, DWELL_CAP_MS),
    EventType.HOVER: (HOVER_REWARD, HOVER_CAP_MS),
}
"""The most that looking at a product gives in a session, and the milliseconds that give it."""

BUNDLE_REWARD = 8.0
"""Buying a suggested bundle whole is the strongest sign there is: several products, on our word.
An event has a bundle only where the API has found its decision and every product of the bundle in
the order."""
THUMB_REWARD = 4.0
NEUTRAL_RATING = 3.0
RATING_REWARD_PER_STAR = 2.0
OUTCOME_SCALE = 5.0
"""An outcome of this reward or more counts as fully successful for the bandit."""

REWARD_RANGE = (-5.0, BUNDLE_REWARD)
"""No event is worth less or more."""


def reward(event: Event) -> float:
    """Return the reward of an event, negative where the shopper disliked what they saw.

    An order that a server should have attested and has not is worth nothing, and so is its refund.
    """
    if event.is_worthless:
        return 0.0
    if event.type is EventType.CHECKOUT and event.bundle_id is not None:
        return BUNDLE_REWARD
    if event.type.is_attention:
        return attention_reward(event.type, event.duration_ms or 0)
    amount = REWARDS[event.type]
    return _feedback_reward(event) if amount is None else amount


def evidence_reward(event: Event) -> float:
    """Return the reward of an event for live evidence.

    There a removal or a refund takes the cart or the checkout out of the session, whole, so that
    it is worth nothing itself.
    """
    return 0.0 if event.type.takes_back else reward(event)


def attention_reward(kind: EventType, duration_ms: int) -> float:
    most, cap_ms = ATTENTION[kind]
    return most * min(duration_ms, cap_ms) / cap_ms


def _feedback_reward(event: Event) -> float:
    if event.rating is not None:
        return (event.rating - NEUTRAL_RATING) * RATING_REWARD_PER_STAR
    return THUMB_REWARD * (event.thumb or 0)


def outcome_of(total_reward: float) -> float:
    """Scale an impression's summed reward to the bandit's range of -1 to 1."""
    return max(-1.0, min(1.0, total_reward / OUTCOME_SCALE))
