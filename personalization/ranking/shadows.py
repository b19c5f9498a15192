"""What a shadow policy would have shown, beside what was: computed, kept, never served."""

from personalization.domain.decision import Decision, Shadow


def shadow_of(shown: Decision, other: Decision, placement: str) -> Shadow:
    """Return the shadow that another decision of the same moment casts on a placement.

    Each probability is that of the product shown in a slot, had the other policy filled that slot
    after the same slots before it. A product that it does not consider has probability 0.
    """
    draw = next(one for one in other.draws if one.placement == placement)
    scores = [one.score for one in other.actions]
    place_of = {one.product_id: place for place, one in enumerate(other.actions)}
    gone = {one.product_id for one in shown.slate if one.pinned}
    probabilities: list[float] = []
    for slot in shown.slate:
        if slot.placement == placement:
            remaining = [i for i, one in enumerate(other.actions) if one.product_id not in gone]
            place = place_of.get(slot.product_id)
            if slot.pinned:
                probabilities.append(1.0)
            elif place is None:
                probabilities.append(0.0)
            else:
                given = draw.probabilities(scores, remaining)
                probabilities.append(given[remaining.index(place)])
        gone.add(slot.product_id)
    return Shadow(
        placement=placement,
        policy=draw.policy,
        policy_version=draw.policy_version,
        product_ids=tuple(one.product_id for one in other.slate if one.placement == placement),
        probabilities=tuple(probabilities),
    )
