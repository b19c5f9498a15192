"""Priors and adjustments in words."""

from personalization.merchandising.in_force import RULE_PREFIX
from personalization.ranking.boosts import NEW, RATED, VIEWED
from personalization.ranking.diversity import DIVERSITY

_ADJUSTMENTS = {
    NEW: "New in the shop",
    RATED: "Well rated",
    VIEWED: "Much viewed these days",
    DIVERSITY: "Similar ones are already shown",
}
NOTHING_KNOWN = "To try something new"
"""The reason of a product or category that nothing speaks for."""


def prior_words(name: str, place: str, rating: float | None = None) -> str:
    """Return a prior in words.

    `name` is the prior's with its scope, `place` what the product's category is called, `rating`
    the stars of the product, where it has any.
    """
    kind, _, scope = name.partition(":")
    match kind:
        case "rating" if rating is not None:
            return f"Rated {rating:.1f} by other shoppers"
        case "rating":
            return "Well rated by other shoppers"
        case "popularity_category":
            return f"Popular in {place}, which you looked at"
        case "popularity_region":
            return f"Popular in your region ({scope.upper()})"
        case "popularity_season":
            return f"Popular in {scope}"
        case _:
            return "Popular in the shop"


def adjustment_words(name: str, amount: float) -> str:
    """Return in words what was added to a score, or taken off, after the blend."""
    if name.startswith(RULE_PREFIX):
        return "Promoted by the shop" if amount >= 0 else "Put back by the shop"
    return _ADJUSTMENTS.get(name) or name.replace(":", ", ").capitalize()
