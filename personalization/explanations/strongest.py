"""Which group of summands adds most to each of many scores.

A profile asks it of some thirty scores at once, so nothing in here is called for each of them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from personalization.domain.action_table import ActionTable
from personalization.domain.decision import Action, Ingredients

GroupKey = int
"""Interactions by number, a prior by its index's complement, adjustments beyond both."""
Strongest = tuple[GroupKey | None, tuple[int, ...]]
"""None where nothing adds anything; and the pieces of evidence of interactions."""


class Amounts(NamedTuple):
    """What a relevance or strength of 1 adds to a score of a frame."""

    groups: Sequence[int]
    """The group of each piece of evidence: the number of its newest piece."""
    events: Sequence[float]
    priors: Sequence[float]


def strongest_in_pairs(
    scores: Sequence[Ingredients], sums: Sequence[Mapping[GroupKey, float]], groups: Sequence[int]
) -> list[Strongest]:
    """Return the strongest of each score's groups, the first of equals, given what each adds."""
    found: list[Strongest] = []
    for made_of, amounts in zip(scores, sums, strict=True):
        strongest, most = None, 0.0
        for key in amounts:
            if amounts[key] > most:
                strongest, most = key, amounts[key]
        members: tuple[int, ...] = ()
        for index, _ in made_of.relevances:
            members += (index,) if groups[index] == strongest else ()
        found += ((strongest, members),)
    return found


def strongest_in_columns(
    actions: Sequence[Action], places: Sequence[int], amounts: Amounts
) -> list[Strongest] | None:
    """Return the same of actions at some places, without making them.

    Return None where there are no columns, or where groups add the same to a score: which of them
    comes first is for the pairs to say.
    """
    groups, events, priors = amounts
    if type(actions) is not ActionTable or not (events or priors):
        return None
    if actions.numbers.adjustments is not None:
        return None
    numbers, count, at = actions.numbers, len(events), np.array(places, dtype=np.intp)
    relevances = numbers.relevances.take(at, axis=1)
    share = numbers.probability.take(at) * numbers.cap.take(at)
    added = np.array(events)[:, None] * relevances * share
    sums = np.zeros((count + len(priors), len(places)))
    for row, group in zip(added, groups, strict=True):
        sums[group] += row
    sums[count:] = np.array(priors)[:, None] * numbers.strengths.take(at, axis=1)
    strongest = sums.argmax(axis=0)
    # The last of equals is the first one, read backwards.
    if (strongest + sums[::-1].argmax(axis=0) != len(sums) - 1).any():
        return None
    most = sums[strongest, np.arange(len(places))]
    found: list[Strongest] = []
    columns = zip(strongest.tolist(), most.tolist(), relevances.T.tolist(), strict=True)
    for row, amount, relevances_of in columns:
        members: tuple[int, ...] = ()
        if amount > 0 and row < count:
            for index, relevance in enumerate(relevances_of):
                members += (index,) if groups[index] == row and relevance else ()
        key = row if row < count else count - 1 - row
        found += ((key if amount > 0 else None, members),)
    return found
