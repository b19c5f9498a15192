"""What each part of the served ranking is worth: the same queries, with one part left out.

A part is the session's own interactions, a term of the blend (a prior or a signal), or a list
that actions come from. What is left out counts for nothing, and the rest stays as it is: weights
are not fitted again. What the ranking loses without a part is the least that it is worth, as the
others may say some of the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from evaluation.bootstrap import RESAMPLES, Estimates, Ratios, bootstrap
from evaluation.comparison import SliceResult, compare_first_clicks
from evaluation.held_out import HeldOutSplit
from evaluation.next_item import QueryRanks
from evaluation.served_ranking import SERVED, ServedResult, session_queries
from evaluation.slices import QueryFacts
from evaluation.wiring import EvaluationResources
from personalization.domain.decision import ActionSource
from personalization.domain.event import Event
from personalization.ranking.left_out import NOTHING_LEFT_OUT, LeftOut, base_name

ASKED_SESSIONS = 200
"""Of which the names of the parts are taken."""
LIVE = "live evidence"


def parts_of(
    resources: EvaluationResources, sessions: Sequence[Sequence[Event]]
) -> dict[str, LeftOut]:
    """Return name -> what is left out: nothing first, then each part of decisions.

    Parts are those of the first sessions, terms in the order in which they were met.
    """
    terms: dict[str, None] = {}
    sources: set[ActionSource] = set()
    for session, now, _ in chain.from_iterable(
        session_queries(events, resources.catalogue) for events in sessions[:ASKED_SESSIONS]
    ):
        decision = resources.decider.decide(session, now)
        terms |= dict.fromkeys(base_name(term.name) for term in decision.frame.priors)
        for action in decision.actions:
            sources.update(action.sources)
    return {
        SERVED: NOTHING_LEFT_OUT,
        LIVE: LeftOut(live=True),
        **{name: LeftOut(terms=frozenset({name})) for name in terms},
        **{
            f"actions: {source.value}": LeftOut(sources=frozenset({source}))
            for source in ActionSource
            if source in sources
        },
    }


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """The whole ranking and those without a part, in the same resamples of sessions."""

    parts: Sequence[str]
    whole: SliceResult
    first_click: SliceResult

    @classmethod
    def of(
        cls,
        split: HeldOutSplit,
        found: Mapping[str, ServedResult],
        seed: int,
        resamples: int = RESAMPLES,
    ) -> "LeaveOneOut":
        """Take the results of the whole ranking, `SERVED`, and of each part left out."""
        facts = QueryFacts.of(split)
        _, sessions = np.unique(facts.sessions, return_inverse=True)
        ratios = {
            name: Ratios.of(result.ranking.ranks, facts.repeats, sessions)
            for name, result in found.items()
        }
        first: dict[str, Sequence[QueryRanks]] = {
            name: result.first_clicks for name, result in found.items()
        }
        count = len(np.unique(facts.sessions))
        whole = SliceResult(len(facts.sessions), count, bootstrap(ratios, seed, resamples))
        parts = [name for name in found if name != SERVED]
        return cls(parts, whole, compare_first_clicks(first, seed, resamples))

    def worth(self, part: str) -> Estimates:
        """Return by how much the whole ranking is better than that without the part."""
        return self.whole.resampled.differences(SERVED, part)

    def first_click_worth(self, part: str) -> Estimates:
        return self.first_click.resampled.differences(SERVED, part)
