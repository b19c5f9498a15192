"""Rankings beside each other: intervals, differences from a baseline, and slices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.bootstrap import RESAMPLES, Ratios, Resampled, bootstrap
from evaluation.first_click import BY_REGION, FirstClickPopularity
from evaluation.held_out import POPULARITY, V_SKNN, HeldOutSplit, RankingResult
from evaluation.next_item import QueryRanks
from evaluation.slices import QueryFacts


@dataclass(frozen=True, slots=True)
class SliceResult:
    queries: int
    sessions: int
    resampled: Resampled


@dataclass(frozen=True, slots=True)
class RankingComparison:
    """All rankings in the same resamples of sessions."""

    whole: SliceResult
    slices: Mapping[str, SliceResult]
    first_click: SliceResult
    """Of the first view of each session, before anything of it is known but its region."""
    baseline: str = V_SKNN

    @classmethod
    def of(
        cls,
        split: HeldOutSplit,
        results: Sequence[RankingResult],
        served_first_clicks: Mapping[str, Sequence[QueryRanks]],
        seed: int,
        resamples: int = RESAMPLES,
    ) -> "RankingComparison":
        facts = QueryFacts.of(split)
        popular = FirstClickPopularity.of(split.past)
        first_clicks = {
            POPULARITY: popular.measure(split.sessions, regional=False),
            BY_REGION: popular.measure(split.sessions, regional=True),
            **served_first_clicks,
        }
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
        return cls(look(everything), slices, compare_first_clicks(first_clicks, seed, resamples))


def compare_first_clicks(
    ranks: Mapping[str, Sequence[QueryRanks]], seed: int, resamples: int
) -> SliceResult:
    """Compare rankings of the first view: a query each session."""
    count = len(next(iter(ranks.values())))
    new = np.zeros(count, np.bool_)
    ratios = {name: Ratios.of(each, new, np.arange(count)) for name, each in ranks.items()}
    return SliceResult(count, count, bootstrap(ratios, seed, resamples))
