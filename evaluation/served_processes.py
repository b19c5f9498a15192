"""The served ranking of many sessions, by several processes; figures are those of one."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from multiprocessing import get_context

from evaluation.held_out import views_of
from evaluation.served_ranking import SessionRankings, rank_session
from evaluation.wiring import EvaluationResources
from personalization.decisions.decision_maker import DecisionMaker
from personalization.domain.event import Event
from personalization.domain.tuning import Tuning
from personalization.ranking.left_out import NOTHING_LEFT_OUT, LeftOut

OpenResources = Callable[[], AbstractContextManager[EvaluationResources]]
AT_ONCE = 20
"""Sessions that a process is given; fewer would be sent more often than they take to rank."""


@dataclass(frozen=True)
class RankingVariant:
    """What is changed of the ranking that the environment sets."""

    tuning: Tuning
    left_out: LeftOut = NOTHING_LEFT_OUT

    def of(self, decider: DecisionMaker) -> DecisionMaker:
        return decider.variant(replace(decider.config, tuning=self.tuning, left_out=self.left_out))


class ServedRankings:
    """Ranks sessions in this process, or in those of a pool."""

    def __init__(
        self, resources: EvaluationResources, pool: ProcessPoolExecutor | None = None
    ) -> None:
        self._resources = resources
        self._pool = pool

    def rank(
        self, variant: RankingVariant, sessions: Sequence[Sequence[Event]]
    ) -> Iterator[SessionRankings]:
        """Yield what each session that has a view was served, in the order given."""
        viewed = list(filter(views_of, sessions))
        if self._pool is None:
            decider = variant.of(self._resources.decider)
            for events in viewed:
                yield rank_session(decider, self._resources.catalogue, events)
            return
        parts = [viewed[start : start + AT_ONCE] for start in range(0, len(viewed), AT_ONCE)]
        yield from chain.from_iterable(self._pool.map(partial(_rank_in_process, variant), parts))


@contextmanager
def open_rankings(
    open_resources: OpenResources, resources: EvaluationResources, jobs: int
) -> Iterator[ServedRankings]:
    """Open as many processes, which open their own; with one job there is none but this."""
    if jobs == 1:
        yield ServedRankings(resources)
        return
    # A fork would share open connections and a model's memory with its parent.
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _open_in_process, (open_resources,))
    with pool:
        yield ServedRankings(resources, pool)


_kept_open = ExitStack()
_opened: list[EvaluationResources] = []
"""Of this process of a pool; closed as it ends."""


def _open_in_process(open_resources: OpenResources) -> None:
    _opened.append(_kept_open.enter_context(open_resources()))


def _rank_in_process(
    variant: RankingVariant, sessions: Sequence[Sequence[Event]]
) -> list[SessionRankings]:
    [resources] = _opened
    decider = variant.of(resources.decider)
    return [rank_session(decider, resources.catalogue, events) for events in sessions]
