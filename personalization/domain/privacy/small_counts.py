"""Numbers of people as they may be published: none of a few, the others in steps."""

from dataclasses import dataclass
from enum import StrEnum
from math import floor, log10
from typing import Final


class SmallCountsAs(StrEnum):
    OMIT = "omit"
    ROUND = "round"


_DIGITS: Final = 2
"""Digits of an amount that are told."""
_STEPS: Final = 10**_DIGITS
"""From so many steps on they are ten times as long."""


@dataclass(frozen=True, slots=True)
class SmallCounts:
    """What is published of numbers of people.

    With a smallest count of k a number of at least k is rounded down to whole steps of k, from
    100 k on of 10 k, and so on: of 10, 47 is told as 40, 705 as 700, 1,234 as 1,200. Rounding
    twice changes nothing.
    """

    smallest: int = 10
    """0 and 1 publish every number as it is."""
    small: SmallCountsAs = SmallCountsAs.OMIT

    @property
    def tells_all(self) -> bool:
        return self.smallest <= 1

    def is_small(self, people: int) -> bool:
        return not self.tells_all and people < self.smallest

    def round_down(self, people: int) -> int | None:
        """Return the number as it may be told; None of too few people."""
        if self.tells_all:
            return people
        return None if people < self.smallest else _down(people, self.smallest)

    def next_figure(self, least: int) -> int:
        """Return the smallest published number that is at least so many; 0 of a few."""
        if self.tells_all or least <= 0:
            return least
        people = max(least, self.smallest)
        told = _down(people, self.smallest)
        return told if told >= least else told + _step(people, self.smallest)

    def figure(self, people: int) -> int | None:
        """Return the number as a field of JSON has it; 0 stands for too few where they round."""
        told = self.round_down(people)
        return 0 if told is None and self.small is SmallCountsAs.ROUND else told

    def amount(self, amount: float, people: int) -> float | None:
        """Return what so many people add up to, to two digits; None of too few people."""
        if self.tells_all:
            return amount
        return None if self.is_small(people) else two_digits(amount)


NONE_OF_FEW: Final = SmallCounts()
"""As it is where no setting says otherwise."""
ALL_COUNTS: Final = SmallCounts(smallest=0)
"""For those who run the shop: every number as it is."""


def _down(people: int, smallest: int) -> int:
    step = _step(people, smallest)
    return people // step * step


def _step(people: int, smallest: int) -> int:
    """Return a step of which longer ones, and the numbers where they begin, are multiples."""
    step = smallest
    while people >= step * _STEPS:
        step *= 10
    return step


def two_digits(amount: float) -> float:
    """Return an amount rounded down to its first two digits."""
    if amount <= 0:
        return amount
    decimals = _DIGITS - 1 - floor(log10(amount))
    rounded = round(amount, decimals)
    return rounded if rounded <= amount else round(rounded - 10.0**-decimals, decimals)
