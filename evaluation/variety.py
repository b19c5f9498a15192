"""How varied the shown lists are, beside how well they foresee: what a filter bubble takes away.

Over all lists, each cut at the first k, let p(i) be the share of product i in all shown places and
n the number of products of the catalogue. By Shannon's measure a bit is a fair coin's surprise.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log2

from evaluation.next_item import CUTOFF


@dataclass(frozen=True, slots=True)
class KnownShop:
    """The catalogue, with the self-information of its products."""

    categories: Mapping[str, str]
    """Product -> category; all products that could be shown."""
    surprises: Mapping[str, float]
    """Product -> its self-information in bits."""

    @classmethod
    def of(cls, categories: Mapping[str, str], sessions: Iterable[Sequence[str]]) -> "KnownShop":
        """Return the shop by the products viewed in past sessions.

        A product's self-information is -log2 of its share of views, one more being counted for
        each product so that an unseen one is a surprise without being an infinite one.
        """
        views: Counter[str] = Counter()
        for products in sessions:
            views.update(products)
        total = sum(views[category] for category in categories) + len(categories)
        surprises = {category: -log2((views[category] + 1) / total) for category in categories}
        return cls(categories, surprises)


@dataclass(slots=True)
class Variety:
    """What was shown in the first k places of all lists added so far."""

    shop: KnownShop
    cutoff: int = CUTOFF
    lists: int = 0
    shown: Counter[str] = field(default_factory=Counter)
    unlike_shares: float = 0.0
    """Sum over lists of the share of their pairs whose categories differ."""

    def add(self, ranking: Sequence[str]) -> None:
        """Count a list, best first; products that the catalogue lacks are passed over."""
        first = [product for product in ranking[: self.cutoff] if product in self.shop.categories]
        self.lists += 1
        self.shown.update(first)
        self.unlike_shares += _unlike_share([self.shop.categories[product] for product in first])

    @property
    def coverage(self) -> float:
        """Share of the catalogue that any list showed, 0..1.

        Catalogue coverage of Ge, Delgado-Battenfeld and Jannach, Beyond accuracy, 2010.
        """
        return len(self.shown) / len(self.shop.categories) if self.shop.categories else 0.0

    @property
    def product_entropy(self) -> float:
        """-sum_i p(i) log2 p(i), bits: 0 for ever the same product, log2 n for all alike."""
        return _entropy(self.shown.values())

    @property
    def category_entropy(self) -> float:
        """The same of the categories of what was shown, bits."""
        places: Counter[str] = Counter()
        for product, count in self.shown.items():
            places[self.shop.categories[product]] += count
        return _entropy(places.values())

    @property
    def gini(self) -> float:
        """Inequality of exposure, 0 where all products are shown alike, 1 where only one is.

        sum_j (2 j - n - 1) p(i_j) / (n - 1), the j-th product being the j-th least shown of all n
        (Shani and Gunawardana, Evaluating recommendation systems, 2011).
        """
        count, total = len(self.shop.categories), self.shown.total()
        if count < 2 or not total:  # noqa: PLR2004 - inequality is between two
            return 0.0
        ascending = sorted(self.shown[category] for category in self.shop.categories)
        places = enumerate(ascending, start=1)
        weighted = sum((2 * place - count - 1) * shown for place, shown in places)
        return weighted / total / (count - 1)

    @property
    def novelty(self) -> float:
        """Mean self-information of what was shown, sum_i p(i) * -log2 popularity(i), bits.

        Zhou et al., Solving the apparent diversity-accuracy dilemma of recommender systems, 2010.
        """
        surprises = self.shop.surprises
        total = self.shown.total()
        weighted = sum(count * surprises[product] for product, count in self.shown.items())
        return weighted / total if total else 0.0

    @property
    def intra_list_diversity(self) -> float:
        """Mean over lists of the share of their pairs of products whose categories differ, 0..1.

        One minus the intra-list similarity of Ziegler et al., Improving recommendation lists
        through topic diversification, 2005, products being similar within their category.
        """
        return self.unlike_shares / self.lists if self.lists else 0.0

    def figures(self) -> dict[str, float]:
        return {
            "coverage": self.coverage,
            "product_entropy": self.product_entropy,
            "category_entropy": self.category_entropy,
            "gini": self.gini,
            "novelty": self.novelty,
            "intra_list_diversity": self.intra_list_diversity,
        }


def _entropy(counts: Iterable[int]) -> float:
    kept = [count for count in counts if count]
    total = sum(kept)
    return -sum(count / total * log2(count / total) for count in kept) + 0.0


def _unlike_share(categories: Sequence[str]) -> float:
    """Return the share of pairs that differ; a list of less than two has no pairs."""
    pairs = len(categories) * (len(categories) - 1)
    alike = sum(count * (count - 1) for count in Counter(categories).values())
    return 1.0 - alike / pairs if pairs else 0.0
