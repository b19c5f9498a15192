"""Diversity: the more of a category's products stand above one, the more it gives up.

This is greedy re-ranking by marginal relevance (Carbonell and Goldstein, The use of MMR,
diversity-based reranking, 1998). MMR takes one action after another, each time that of the largest

    score(a) - diversity * redundancy(a, those taken),  redundancy = 1 - FADE^r(a),

r(a) being how many of those taken share a's category. Each of them counts less than the one before
(diminishing returns, as in Agrawal et al., Diversifying search results, 2009), so that no score
loses more than `diversity` however long the list.

Within a category the greedy choice keeps the order of the scores, and what an action gives up only
grows with its place among its own: r(a) is the number of better actions of its category, known
without any search, and sorting by the reduced scores is the greedy order itself.
"""

from collections import Counter
from collections.abc import Sequence

from personalization.domain.action_table import category_ids_of, product_ids_of
from personalization.domain.decision import Action, Adjustment
from personalization.domain.identifiers import CategoryId

DIVERSITY = "diversity"
FADE = 0.8
"""What a further product of a category still adds, with each before it: the second in a row gives
up a fifth of the setting, the fourth half, the eleventh nine tenths."""


def diversity(actions: Sequence[Action], setting: float) -> tuple[Adjustment, ...]:
    """Return what each action, given best first, loses to the better ones of its category."""
    if not setting:
        return ()
    above: Counter[CategoryId] = Counter()
    amounts = {}
    for product, category in zip(product_ids_of(actions), category_ids_of(actions), strict=True):
        better = above[category]
        if better:
            amounts[product] = -setting * (1.0 - FADE**better)
        above[category] += 1
    return (Adjustment(DIVERSITY, amounts),)
