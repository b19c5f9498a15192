"""Relevance: what one interaction says of one action, from precomputed affinities.

With x_0 the product acted on last and x_i the one i steps before it:

    relevance_0(a) = NEXT_WEIGHT * A(x_0, a) * F(a)
    relevance_i(a) = LAG_FADE^(i-1) * R_b(i)(x_i, a) * A(x_0, a) * F(a)

A is the chance that a comes next after x_0 (`product_affinity`), R the lift of a some steps
after x_i (`lag_affinity`), both scaled to a largest value of 1, and F makes what was already
seen a little less fresh. Older interactions reweight what can follow x_0 and add nothing else:
with a decay as slow as 0.9 they would drown the last step, the one that says most. But shoppers
go back: what was acted on and is not known to follow x_0 is relevant to itself,

    relevance_i(x_i) = RETURN_WEIGHT   where A(x_0, x_i) = 0.
"""

NEXT_WEIGHT = 0.5
LAG_FADE = 0.8
SEEN_FRESHNESS = 0.6
RETURN_WEIGHT = 0.05
"""Where a list of followers is long it hardly shows; where products are many and lists short, a
fifth of the next views are of these (docs/performance.md)."""
OPEN_CATEGORY_WEIGHT = 1.0
"""A category that the shopper looks through now, newer than any product: it leads."""
LEFT_CATEGORY_WEIGHT = 0.3
"""A category in which a product was viewed since: that product says more."""
LAG_BUCKETS: tuple[tuple[int, int], ...] = ((1, 1), (2, 2), (3, 4), (5, 19))
"""First and last lag of each bucket of `lag_affinity`, in steps."""


def lag_bucket(lag: int) -> int | None:
    """Return the bucket (1, 2, ...) of a lag in steps; None beyond the last and for lag 0."""
    for number, (first, last) in enumerate(LAG_BUCKETS, start=1):
        if first <= lag <= last:
            return number
    return None


def lag_key(product_id: str, bucket: int) -> str:
    """Return the key under which a product's lag affinities are stored."""
    return f"{product_id}@{bucket}"
