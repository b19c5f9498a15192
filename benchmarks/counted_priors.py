"""Priors counted from a few thousand clicks in memory, for simulations of many nights.

The same shares and transitions as the nightly jobs (`spark_jobs/transforms/popularity.py` and
`affinity.py`), from product views alone: no regions, seasons, ratings, trends, bundles or lags.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from personalization.domain.prior import (
    GLOBAL_SCOPE,
    PriorKey,
    PriorName,
    PriorTable,
    RankedList,
    RankedMember,
)

Weights = Mapping[str, float]
LIST_SIZE = 60
STEPS = (1.0, 0.2, 0.04)
"""What a view one, two or three views later counts."""
PSEUDO_COUNT = 2.0


def counted_priors(
    sessions: Sequence[Sequence[str]], categories: Mapping[str, str]
) -> Iterator[tuple[PriorKey, RankedList]]:
    """Yield the lists that sessions of viewed products give, each with its key."""
    views = Counter(product for session in sessions for product in session)
    in_category: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for product, count in views.items():
        in_category[categories[product]][product] = count
    of_category = {product: sum(counts.values()) for product, counts in in_category.items()}
    yield (PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE), _rank(views)
    yield (PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE), _rank(of_category)
    for category, products in in_category.items():
        yield (PriorTable.CATEGORY_LEADERS, category), _rank(products)
    for product, count in views.items():
        shares = {
            PriorName.POPULARITY.value: count / views.total(),
            PriorName.POPULARITY_CATEGORY.value: count / of_category[categories[product]],
        }
        yield (PriorTable.PRODUCT_PRIORS, product), _members(shares, 1.0)
    for product, following in _next(sessions, str).items():
        yield (PriorTable.PRODUCT_AFFINITY, product), _rank(following)
    for category, following in _next(sessions, categories.__getitem__).items():
        yield (PriorTable.CATEGORY_AFFINITY, category), _rank(following)


def _next(
    sessions: Sequence[Sequence[str]], item_of: Callable[[str], str]
) -> dict[str, dict[str, float]]:
    """Return the chance of what is viewed next after each item, shrunk to what all view."""
    weights: defaultdict[str, Counter[str]] = defaultdict(Counter)
    shares: Counter[str] = Counter()
    for session in sessions:
        items = [item_of(product_id) for product_id in session]
        shares.update(items)
        for place, item in enumerate(items):
            for step, weight in enumerate(STEPS, start=place + 1):
                if step < len(items):
                    weights[item][items[step]] += weight  # type: ignore[assignment]
    total = shares.total()
    return {
        item: {
            share: (followers[share] + PSEUDO_COUNT * count / total)
            / (sum(followers.values()) + PSEUDO_COUNT)
            for share, count in shares.items()
        }
        for item, followers in weights.items()
    }


def _rank(weights: Weights) -> RankedList:
    return _members(weights, max(weights.values()))[:LIST_SIZE]


def _members(weights: Weights, whole: float) -> RankedList:
    best_first = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        RankedMember(item, weight / whole, float(weight), 1) for item, weight in best_first
    )
