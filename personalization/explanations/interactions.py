"""What the shopper did, in clauses: interactions of one kind in one category go together."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

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
    EventType.LOGIN: ("came back to {}", "visits"),
}
"""What the shopper did to a thing, and the name of several such interactions. Impressions are no
evidence and have no words."""
_DISLIKED = ("disliked {}", "dislikes")
_Kind = tuple[EventType, bool]
"""Dislikes are a kind of their own."""


class Interactions:
    """The evidence of one decision in groups; a group is named by the index of its newest piece."""

    def __init__(self, evidence: Sequence[Evidence], names: Mapping[CategoryId, str]) -> None:
        self._evidence = evidence
        self._names = names
        newest: dict[tuple[_Kind, CategoryId | None], int] = {}
        self.groups: list[int] = []
        """The group of each piece of evidence."""
        self._sizes = [0] * len(evidence)
        """Of each group, by its number."""
        self._kinds: dict[_Kind, int] = {}
        """How many are of a kind, in whatever category."""
        # A decision in hand has no time for a call for each piece.
        for index, piece in enumerate(evidence):
            kind = piece.type, piece.reward < 0
            group = kind, piece.category_id
            if group not in newest:
                newest[group] = index
            number = newest[group]
            self.groups += (number,)
            self._sizes[number] += 1
            self._kinds[kind] = self._kinds[kind] + 1 if kind in self._kinds else 1

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
            return f"You {verb.format(interaction.label)}{_times_or_age(interaction, members)}"
        among = _copula(interaction.category_name or self._category_name(interaction.category_id))
        count = self._sizes[self.groups[members[0]]]
        last = self._kinds[interaction.type, interaction.reward < 0]
        if count == last:
            return f"Your last {last} {plural} {among}"
        return f"{count} of your last {last} {plural} {among}"

    def _category_name(self, category_id: CategoryId | None) -> str:
        return self._names.get(category_id, category_id) if category_id else "one category"


def _times_or_age(newest: Evidence, members: Sequence[int]) -> str:
    if members[1:]:
        return f" ({len(members)} times)"
    if newest.age:
        return f" ({newest.age} {'step' if newest.age == 1 else 'steps'} ago)"
    return ""


@lru_cache(maxsize=10_000)
def _copula(name: str) -> str:
    """Return `were Dresses`, but `were in Sale`: only one plural word says what things are."""
    is_plural = name.isalpha() and name.endswith("s") and not name.endswith("ss")
    return f"were {name}" if is_plural else f"were in {name}"
