LAG_BUCKETS: tuple[tuple[int, int], ...] = ((1, 1), (2, 2), (3, 4), (5, 19))
"""First and last lag of each bucket of `lag_affinity`, in steps."""


def lag_bucket(lag: int) -> int | None:
    """Return the bucket (1, 2, ...) of a lag in steps; None beyond the last and for lag 0."""
    for number, (first, last) in enumerate(LAG_BUCKETS, start=1):
        if first <= lag <= last:
            return number
    return None


def lag_key(product_id: str, bucket: int) -> str:
    return f"{product_id}@{bucket}"
