"""One sentence that says why: the strongest part of a score, in words."""

from personalization.domain.event import EventType
from personalization.ranking.contributions import Contribution, ContributionKind

_DEEDS = {
    EventType.PRODUCT_VIEW: "viewed",
    EventType.CATEGORY_VIEW: "looked through",
    EventType.ADD_TO_CART: "added to your cart",
    EventType.CHECKOUT: "bought",
    EventType.FEEDBACK: "liked",
}


def reason_of(strongest: Contribution | None, subject: str, place: str) -> str:
    """Return why something is in the profile, by the largest of its score's summands.

    `subject` is the product or category itself, `place` the name of its category.
    """
    return sentence_of(strongest, subject, place) if strongest else "To try something new"


def sentence_of(part: Contribution, subject: str, place: str) -> str:
    """Return a summand in words."""
    if part.kind is ContributionKind.PRIOR:
        return _prior_sentence(part.subject, place)
    if part.kind is ContributionKind.ADJUSTMENT:
        return part.label.replace(":", ", ").capitalize()
    deed = _DEEDS[part.event_type] if part.event_type else "chose"
    if part.reward is not None and part.reward < 0:
        deed = "disliked"
    own = subject in {part.subject, part.category_id}
    return f"You {deed} {part.label}" if own else f"Because you {deed} {part.label}"


def _prior_sentence(name: str, place: str) -> str:
    kind, _, scope = name.partition(":")
    match kind:
        case "rating":
            return "Well rated by other shoppers"
        case "popularity_category":
            return f"Popular in {place}, which you looked at"
        case "popularity_region":
            return f"Popular in your region ({scope.upper()})"
        case "popularity_season":
            return f"Popular this {scope}"
        case _:
            return "Popular in the shop"
