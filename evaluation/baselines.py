from collections.abc import Iterable, Sequence
from math import lcm

import numpy as np
from numpy.typing import NDArray

from evaluation.coded_sessions import CodedSessions, Rows
from evaluation.next_item import CUTOFF

MAXIMUM_STEPS = 10
"""Rules reach back this many clicks, as in the published method."""
_UNIT = lcm(*range(1, MAXIMUM_STEPS + 1))
"""Weights 1 / distance counted in this part of one are whole numbers: sums have no rounding."""


def depth(prefix: Sequence[str]) -> int:
    """Return how far to rank so that the first places are full without what was seen, too."""
    return CUTOFF + len(set(prefix))


class Popularity:
    """Ranks by the number of views in the training sessions, whatever the session saw."""

    def __init__(self, sessions: CodedSessions | Iterable[Sequence[str]]) -> None:
        self._ranking = code(sessions).names

    def __call__(self, prefix: Sequence[str]) -> Sequence[str]:
        del prefix
        return self._ranking


class SequentialRules:
    """Ranks by rules from the last product, weighted 1 / distance.

    Kamehkhosh, Jannach and Ludewig, A comparison of frequent pattern techniques and a deep
    learning method for session-based recommendation, 2017. Products without a rule follow by
    popularity; the ranking ends where nobody looks any more.
    """

    def __init__(self, sessions: CodedSessions | Iterable[Sequence[str]]) -> None:
        self._sessions = code(sessions)
        self._rules = _rules(self._sessions)

    def __call__(self, prefix: Sequence[str]) -> Sequence[str]:
        last = self._sessions.codes.get(prefix[-1])
        rules = np.empty(0, np.int32) if last is None else self._rules.row(last)
        return self._sessions.names_of(self._sessions.fill(rules, depth(prefix)))


def code(sessions: CodedSessions | Iterable[Sequence[str]]) -> CodedSessions:
    return sessions if isinstance(sessions, CodedSessions) else CodedSessions.of(sessions)


def _rules(sessions: CodedSessions) -> Rows:
    """Return product -> what follows it, by descending weight."""
    count = max(1, len(sessions.names))
    keys: NDArray[np.int64] = np.empty(0, np.int64)
    weights: NDArray[np.int64] = np.empty(0, np.int64)
    for distance in range(1, MAXIMUM_STEPS + 1):
        found, times = np.unique(sessions.pairs_apart(distance), return_counts=True)
        keys = np.concatenate((keys, found))
        weights = np.concatenate((weights, times * (_UNIT // distance)))
    pairs, place = np.unique(keys, return_inverse=True)
    sums = np.bincount(place, weights)
    firsts, seconds = pairs // count, pairs % count
    order = np.lexsort((seconds, -sums, firsts))
    starts = np.searchsorted(firsts, np.arange(count + 1))
    return Rows(starts.astype(np.int64), seconds[order].astype(np.int32))
