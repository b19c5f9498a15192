"""The return table: the chance that a product seen in the session is the next one viewed.

    chance(d, n) = (returned + SHRINK * chance(d)) / (times + SHRINK)

`times` counts the views at which the product that was viewed last d products ago had been viewed n
times so far (1, 2, or 3 and more), `returned` those after which it came next; chance(d) is the same
over all n. Shoppers come back by habits that differ between shops: the newest product is viewed
again in every fourth step of one shop and in none of another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEPS_BACK = 20
"""The first is the newest product."""
TIMES_SEEN = 3
SHRINK = 50.0


@dataclass(frozen=True, slots=True)
class ReturnTable:
    chances: tuple[tuple[float, ...], ...]
    """By steps back from 0, then by how often it was seen from once; empty where nothing is known.
    """

    def chance(self, steps_back: int, times_seen: int) -> float:
        if steps_back >= len(self.chances):
            return 0.0
        return self.chances[steps_back][min(times_seen, TIMES_SEEN) - 1]


NO_RETURNS = ReturnTable(())


def learn_returns(sessions: Iterable[Sequence[str]]) -> ReturnTable:
    """Return the table of sessions, each given as the products viewed, oldest first."""
    times = [[0] * TIMES_SEEN for _ in range(STEPS_BACK)]
    returned = [[0] * TIMES_SEEN for _ in range(STEPS_BACK)]
    total = 0
    for products in sessions:
        seen: dict[str, int] = {}
        for number, product in enumerate(products):
            if number:
                total += 1
                _count(product, seen, times, returned)
            # Put last again, as it is the newest now.
            seen[product] = seen.pop(product, 0) + 1
    if not total:
        return NO_RETURNS
    return ReturnTable(tuple(map(_chances, times, returned)))


def _count(
    following: str, seen: dict[str, int], times: list[list[int]], returned: list[list[int]]
) -> None:
    for steps_back, product in zip(range(STEPS_BACK), reversed(seen), strict=False):
        column = min(seen[product], TIMES_SEEN) - 1
        times[steps_back][column] += 1
        returned[steps_back][column] += product == following


def _chances(times: Sequence[int], returned: Sequence[int]) -> tuple[float, ...]:
    overall = sum(returned) / (sum(times) + SHRINK)
    cells = zip(returned, times, strict=True)
    return tuple((came + SHRINK * overall) / (count + SHRINK) for came, count in cells)
