"""The terms of a row's or list's scores beside the priors of the night.

A list's strengths fall evenly from 1 to a half along it, whatever its own numbers are, so that one
place weighs the same in every list. Where several strategies found products, they are one list in
the order in which they were asked, and each one's share is its part of the sum.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from math import isinf
from typing import Final

from personalization.catalogue.columns.word_share import word_shares
from personalization.decisions.pinned import Pinned
from personalization.domain.asked import Strategy, Term, TermName
from personalization.domain.identifiers import ProductId
from personalization.recommendations.row_lists import MIXED, STRATEGIES

WORDS_SHARE: Final = 0.3
"""Of what was searched for: enough to bring up what matches, too little to hide the rest."""
MOST_SHARE: Final = 0.9999


def list_terms(
    products: Sequence[ProductId],
    finders: Mapping[ProductId, Strategy],
    unlisted: Collection[ProductId],
    share: float,
) -> list[Term]:
    """Return a term for each strategy that found some, and one for what no list has."""
    falling = zip(products, _falling(len(products)), strict=True)
    strengths: dict[Strategy | None, dict[ProductId, float]]
    found_by: list[Strategy | None] = [finders[product] for product in products]
    if unlisted:
        found_by = [
            None if product in unlisted else finder
            for product, finder in zip(products, found_by, strict=True)
        ]
    kinds = dict.fromkeys(found_by)
    if len(kinds) == 1:
        strengths = {found_by[0]: dict(falling)}
    else:
        strengths = {strategy: {} for strategy in kinds}
        for strategy, (product, strength) in zip(found_by, falling, strict=True):
            strengths[strategy][product] = strength
    totals = {strategy: sum(of.values()) for strategy, of in strengths.items()}
    total = sum(totals.values())
    return [
        Term(_name_of(strategy), share * totals[strategy] / total, of)
        for strategy, of in strengths.items()
    ]


def _name_of(strategy: Strategy | None) -> str:
    if strategy is None:
        return TermName.CATALOGUE.value
    return f"{TermName.LIST.value}:{strategy.value}"


@lru_cache(maxsize=200)
def _falling(count: int) -> Sequence[float]:
    return [1.0 - place / (2 * count) for place in range(count)]


def row_share(asked: Sequence[Strategy]) -> float:
    """Return the share of the list that some strategies made together, the first one's above all.

    What is personal is ordered by the priors of the night alone, unless others follow it.
    """
    share = STRATEGIES[asked[0]].share if asked else 0.0
    return share or (MIXED if len(asked) > 1 else 0.0)


def words_term(words: str, products: Sequence[ProductId], pinned: Pinned) -> Term | None:
    """Return how much of the words each product's title, brand and category have."""
    if not words:
        return None
    known = pinned.catalogue.products(products)
    names = pinned.catalogue.category_names([product.category_id for product in known.values()])
    shares = word_shares(list(known.values()), names, words)
    strengths = {product: share for product, share in zip(known, shares, strict=False) if share}
    return Term(TermName.SEARCH_WORDS.value, WORDS_SHARE, strengths) if strengths else None


def shop_term(scores: Mapping[ProductId, float], share: float) -> Term | None:
    """Return the shop's scores brought to 0..1; None where they are all the same."""
    if not scores:
        return None
    least, most = min(scores.values()), max(scores.values())
    if not most > least:
        return None
    width = most - least
    if isinf(width):
        # The distance of two finite numbers need not be finite, that of their halves is.
        return shop_term({product: score / 2 for product, score in scores.items()}, share)
    strengths = {product: (score - least) / width for product, score in scores.items()}
    present = {product: strength for product, strength in strengths.items() if strength > 0}
    return Term(TermName.SHOP_SCORE.value, min(share, MOST_SHARE), present)


def room_for(terms: Sequence[Term], last: Term | None) -> list[Term]:
    """Return all terms, those before the last one giving up its share."""
    if last is None:
        return list(terms)
    left = 1 - last.share
    return [*(Term(term.name, term.share * left, term.strengths) for term in terms), last]
