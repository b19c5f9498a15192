from collections.abc import Sequence


def quantile(values: Sequence[float], share: float) -> float:
    """Return the least value that a `share` (0..1) of all does not exceed; NaN without any."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    index = max(0, min(len(ordered) - 1, round(share * len(ordered) + 0.5) - 1))
    return ordered[index]
