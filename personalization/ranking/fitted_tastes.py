"""Shares of the taste terms, fitted every night on how the shop's known people came back.

What people did until a day makes their tastes, as the night makes them; with what products each of
their visits after that day began is asked. The first half of those days fits, the second chooses.

The score is that of a first page, where nothing is known of the visit. With shares s_j(a) of the
terms over a set and popularity for all other priors, it is (1 - sum u_j) s_0(a) + sum u_j s_j(a).
Expectation-maximisation finds the u of the least listwise loss, as for the session's signals
(`personalization.ranking.fitted_weights`); from there, from the hand-set ones and from none, each u
is doubled, halved, left out or set to what was fitted while HR@20 + MRR@20 grows on the first half.
Of all that was met, what is best on the second half is taken, and none at all where its gain there
is less than `SURE` standard errors (over visits): where no taste lasts, some shares gain by luck.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from personalization.domain.action_table import Floats
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import PriorName
from personalization.domain.tastes import TasteTerm
from personalization.ranking.tastes import LEADERS, LIKED_CATEGORIES, LIKED_PRODUCTS, Row, Tastes

Shares = Mapping[TasteTerm, float]
NONE: Shares = dict.fromkeys(TasteTerm, 0.0)
HAND_SET: Shares = {**NONE, TasteTerm.PRODUCTS: 0.6, TasteTerm.CATEGORIES: 0.1}
"""Where too few came back to fit any: about what was best on earlier days of two shops, and better
than 0.4 and 0.2 on later ones (docs/returning-shoppers.md)."""
FEWEST_TARGETS = 100
"""In each half; fewer choose by chance."""
SURE = 2.5
"""Of a dozen shares that are tried, by luck the best gains as much in one night of fifteen."""
MOST_SHARE = 0.9
"""Of all terms together: what others want is never wholly forgotten."""
FIRST = 20
_MOST_MOVES = 12
_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class ReturningVisit:
    tastes: Tastes
    """As of before all visits that are asked about."""
    targets: Sequence[str]
    """What it began with: the product viewed, or all lines of the order."""


@dataclass(frozen=True, slots=True)
class ShopBefore:
    """What the shop knew at that time of the products that may be candidates."""

    categories: Mapping[ProductId, CategoryId]
    rows: Mapping[str, Row]
    popular: Sequence[str]
    """Of the whole shop, best first."""
    leaders: Mapping[str, Sequence[str]]
    """Of each category."""

    def candidates(self, tastes: Tastes) -> dict[ProductId, CategoryId]:
        wanted = [*list(tastes.products)[:LIKED_PRODUCTS]]
        for category in list(tastes.categories)[:LIKED_CATEGORIES]:
            wanted += self.leaders.get(category, ())[:LEADERS]
        wanted += self.popular
        products = (ProductId(product) for product in dict.fromkeys(wanted))
        return {
            product: self.categories[product] for product in products if product in self.categories
        }


class TasteQuestions:
    """Shares of popularity and of the terms over the candidates of each visit."""

    def __init__(self, visits: Sequence[ReturningVisit], shop: ShopBefore) -> None:
        blocks, places = [], []
        for visit in visits:
            products = shop.candidates(visit.tastes)
            order = {str(product): at for at, product in enumerate(products)}
            blocks.append(_parts(visit.tastes, products, shop))
            places.append([order.get(target, -1) for target in visit.targets])
        width = max((block.shape[1] for block in blocks), default=0)
        self._parts = np.zeros((len(blocks), 1 + len(TasteTerm), width))
        for at, block in enumerate(blocks):
            self._parts[at, :, : block.shape[1]] = block
        self._visits = np.array([at for at, of in enumerate(places) for _ in of], np.intp)
        self._targets = np.array([place for of in places for place in of], np.intp)

    @property
    def count(self) -> int:
        return len(self._targets)

    def fit(self) -> Shares:
        """Return the shares of the least loss."""
        found = self._targets >= 0
        shares = self._parts[self._visits[found], :, self._targets[found]]
        shares = shares[shares.sum(axis=1) > 0]
        if not len(shares):
            return NONE
        weights = np.full(shares.shape[1], 1 / shares.shape[1])
        for _ in range(_ROUNDS):
            each = shares * weights
            weights = (each / each.sum(axis=1, keepdims=True)).mean(axis=0)
        return _bound(dict(zip(TasteTerm, weights[1:].round(3).tolist(), strict=True)))

    def quality(self, shares: Shares) -> float:
        """Return HR@20 + MRR@20; of equal scores the target is the last."""
        return float(self._of_targets(shares).mean())

    def is_better(self, shares: Shares) -> bool:
        """Say whether these shares beat none by more than luck would."""
        gains = self._of_targets(shares) - self._of_targets(NONE)
        of_visits = np.bincount(self._visits, gains - gains.mean())
        return bool(gains.sum() > SURE * np.sqrt((of_visits**2).sum()))

    def _of_targets(self, shares: Shares) -> Floats:
        terms = [shares[name] for name in TasteTerm]
        weights = np.array([1 - sum(terms), *terms])
        scores = np.einsum("j,vja->va", weights, self._parts)
        of_targets = scores[self._visits, self._targets][:, np.newaxis]
        ranks = (scores[self._visits] >= of_targets).sum(axis=1)
        hits = (self._targets >= 0) & (ranks <= FIRST) & (of_targets[:, 0] > 0)
        quality: Floats = hits + hits / np.maximum(ranks, 1)
        return quality


def fit_shares(
    earlier: Sequence[ReturningVisit], later: Sequence[ReturningVisit], shop: ShopBefore
) -> Shares:
    """Return the shares by the visits of both halves, the hand-set ones where these are few."""
    fitting, choosing = TasteQuestions(earlier, shop), TasteQuestions(later, shop)
    if min(fitting.count, choosing.count) < FEWEST_TARGETS:
        return HAND_SET
    best = max(_climb(fitting), key=choosing.quality)
    return best if choosing.is_better(best) else NONE


def _climb(questions: TasteQuestions) -> Iterator[Shares]:
    """Yield shares of growing quality."""
    fitted = questions.fit()
    shares = max((NONE, HAND_SET, fitted), key=questions.quality)
    best = questions.quality(shares)
    for _ in range(_MOST_MOVES):
        yield shares
        move = max(_moves(shares, fitted), key=questions.quality)
        quality = questions.quality(move)
        if quality <= best:
            return
        best, shares = quality, move


def _moves(shares: Shares, fitted: Shares) -> Iterator[Shares]:
    for name in TasteTerm:
        for share in (2 * shares[name], shares[name] / 2, fitted[name], 0.0):
            yield _bound({**shares, name: share})


def _bound(shares: Shares) -> Shares:
    whole = max(1.0, sum(shares.values()) / MOST_SHARE)
    return {name: round(share / whole, 4) for name, share in shares.items()}


def _parts(tastes: Tastes, products: Mapping[ProductId, CategoryId], shop: ShopBefore) -> Floats:
    popularity = [
        shop.rows.get(product, {}).get(PriorName.POPULARITY.value, 0.0) for product in products
    ]
    strengths = [
        tastes.strengths(name, products, lambda product: shop.rows.get(product, {}))
        for name in TasteTerm
    ]
    of_terms = [[found.get(product, 0.0) for product in products] for found in strengths]
    rows = np.array([popularity, *of_terms]).reshape(1 + len(TasteTerm), len(products))
    totals = rows.sum(axis=1, keepdims=True)
    shares: Floats = np.divide(rows, totals, out=np.zeros_like(rows), where=totals > 0)
    return shares
