"""What the shopper did, in clauses: interactions of one kind in one category go together."""

from collections.abc import Mapping, Sequence

from personalization.domain.decision import Evidence
from personalization.domain.event import EventType
from personalization.domain.identifiers import CategoryId

VERBS: Mapping[EventType, tuple[str, str]] = {
    EventType.PRODUCT_VIEW: ("viewed {}", "views"),
    EventType.CATEGORY_VIEW: ("looked through {}", "looks through shelves"),
    EventType.ADD_TO_CART: ("added {} to your cart", "additions to your cart"),
    EventType.CHECKOUT: ("bought {}", "purchases"),
    EventType.FEEDBACK: ("liked {}", "likes"),
    EventType.REMOVE_FROM_CART: ("took {} out of your cart", "removals from your cart"),
    EventType.REFUND: ("sent {} back", "returns"),
    EventType.DWELL: ("looked at {} for a while", "longer looks"),
    EventType.HOVER: ("rested on {}", "rests of your pointer"),
}
"""What the shopper did to a thing, and the name of several such interactions. Impressions are no
evidence and have no words."""
_DISLIKED = ("disliked {}", "dislikes")


class Interactions:
    """The evidence of one decision in groups; a group is named by the index of its newest piece."""

    def __init__(self, evidence: Sequence[Evidence], names: Mapping[CategoryId, str]) -> None:
        self._evidence = evidence
        self._names = names
        groups = [(piece.type, piece.reward < 0, piece.category_id) for piece in evidence]
        # Later entries replace earlier ones, so the newest is the last.
        newest = dict(zip(reversed(groups), reversed(range(len(groups))), strict=True))
        self.groups = [newest[group] for group in groups]
        """The group of each piece of evidence."""

    def words(self, members: Sequence[int]) -> str:
        """Return what some pieces of one group say, given by their indexes.

        One that stands alone is described by its subject and age, several by how many of the last
        interactions of their kind fell into the category.
        """
        interaction = self._evidence[members[0]]
        verb, plural = VERBS[interaction.type] if interaction.reward >= 0 else _DISLIKED
        for index in members:
            if self._evidence[index].subject != interaction.subject:
                break
        else:
            times_or_age = _times_or_age(interaction, len(members))
            return f"You {verb.format(interaction.label)}{times_or_age}"
        among = _copula(interaction.category_name or self._category_name(interaction.category_id))
        count, last = self.groups.count(self.groups[members[0]]), self._number_like(interaction)
        if count == last:
            return f"Your last {last} {plural} {among}"
        return f"{count} of your last {last} {plural} {among}"

    def _number_like(self, interaction: Evidence) -> int:
        """Return how many are of its kind, dislikes apart, in whatever category."""
        kind = interaction.type, interaction.reward < 0
        return [(piece.type, piece.reward < 0) for piece in self._evidence].count(kind)

    def _category_name(self, category_id: CategoryId | None) -> str:
        return self._names.get(category_id, category_id) if category_id else "one category"


def _times_or_age(newest: Evidence, times: int) -> str:
    if times > 1:
        return f" ({times} times)"
    if newest.age:
        return f" ({newest.age} {'step' if newest.age == 1 else 'steps'} ago)"
    return ""


def _copula(name: str) -> str:
    """Return `were Dresses`, but `were in Sale`: only one plural word says what things are."""
    is_plural = name.isalpha() and name.endswith("s") and not name.endswith("ss")
    return f"were {name}" if is_plural else f"were in {name}"
