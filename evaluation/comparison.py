"""Rankings beside each other: intervals, differences from a baseline, and slices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.bootstrap import RESAMPLES, Ratios, Resampled, bootstrap
from evaluation.held_out import V_SKNN, HeldOutSplit, RankingResult
from evaluation.slices import QueryFacts


@dataclass(frozen=True, slots=True)
class SliceResult:
    queries: int
    sessions: int
    resampled: Resampled


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rankings in the same resamples of sessions."""

    whole: SliceResult
    slices: Mapping[str, SliceResult]
    baseline: str = V_SKNN

    @classmethod
    def of(
        cls,
        split: HeldOutSplit,
        results: Sequence[RankingResult],
        seed: int,
        resamples: int = RESAMPLES,
    ) -> "Comparison":
        facts = QueryFacts.of(split)
        everything = np.ones(len(facts.sessions), np.bool_)

        def look(mask: NDArray[np.bool_]) -> SliceResult:
            names, sessions = np.unique(facts.sessions[mask], return_inverse=True)
            places = np.flatnonzero(mask).tolist()
            ratios = {
                result.name: Ratios.of(
                    [result.measures.ranks[place] for place in places],
                    facts.repeats[mask],
                    sessions,
                )
                for result in results
            }
            resampled = bootstrap(ratios, seed, resamples)
            return SliceResult(len(places), len(names), resampled)

        slices = {name: look(mask) for name, mask in facts.slices().items()}
        return cls(look(everything), slices)
