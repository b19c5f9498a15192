"""Weights of the session's signals, fitted every night on the shop's own last sessions.

The last twentieth of the sessions is held back: about six days of a period of 120, and the last by
the order of the file where a set has no times. An index and the followers are made of those
before, so that nothing of what is asked was counted. The first half of the held-back sessions fits
the weights, the second half, which is later, chooses.

Fitting. With the shares s_j(a) of the signals over a query's candidates and the weights as
`personalization.ranking.session_signals` has them, a score is a mixture, and the chance that the
next product is chosen in proportion to the scores has the listwise loss

    - sum over queries of ln(sum_j lambda_j s_j(next)),   lambda_j >= 0, sum_j lambda_j = 1,

which is convex in lambda. Expectation-maximisation finds its minimum from equal weights, the same
at every run (Dempster, Laird and Rubin, Maximum likelihood from incomplete data, 1977).

Choosing. A loss of chances cares for the whole list, a shopper for its first places. So from the
fitted weights or the hand-set ones, whichever have the larger HR@20 + MRR@20 on the first half,
each signal or all of them are doubled or halved, or one is left out or set to what was fitted, as
long as that grows. Of all that was met on the way, what has the largest sum on the later half is
taken, if that is more than the hand-set weights and yesterday's have. There a signal of weight 0 is
left out. All of this is done for each time scale of past sessions, none being the first, and with
the best of them for each root of the distance. Then for what a product counts among those shared
that was put into the cart, bought or looked at for long, one type after the other, where enough
queries have such products; elsewhere it counts as a view. At last the weights are chosen once more
for sessions of one product, of two or three, and of more, as a first view says less than a whole
visit.

The live part is that of views (`personalization.ranking.signals.live_part`); the priors are left
out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import itemgetter

import numpy as np

from personalization.domain.event import EventType
from personalization.neighbours.past_session import PastSession, VisitStep, steps
from personalization.neighbours.return_table import ReturnTable, learn_returns
from personalization.neighbours.session_columns import SessionColumns
from personalization.neighbours.session_index import SessionIndex, build_index
from personalization.neighbours.signal_weights import HAND_SET, SEEN_FROM, SignalWeights, seen_from
from personalization.ranking.signals.live_part import LivePart
from personalization.ranking.signals.questions import FittingQuery, Questions, ask
from personalization.ranking.signals.registry import SIGNALS
from personalization.ranking.signals.signal import FixedStrengths, ReadsStrengths

HELD_BACK = 0.05
FEWEST_QUERIES = 200
"""In each half; fewer choose by chance."""
MOST_QUERIES = 2_500
"""In each half, evenly spread; fewer choose between scales by chance."""
MOST_MOVES = 12
TIME_SCALES = (7 * 86_400, 30 * 86_400, 90 * 86_400)
"""In seconds, beside none; those that are longer than the sessions reach back say nothing."""
DISTANCE_ROOTS = (2, 4)
"""Beside none."""
WORTHS = (0.5, 2.0, 4.0)
"""Of a cart, a purchase or a long look against a view, beside 1."""
NO_LISTS = FixedStrengths({})
_ROUNDS = 100
_LEAST_LIVE = 0.02
"""Share of the live part; the others are told against it."""


def fit_weights(
    sessions: Sequence[PastSession] | SessionColumns,
    yesterday: SignalWeights | None = None,
    lists: ReadsStrengths = NO_LISTS,
    returns: ReturnTable | None = None,
) -> SignalWeights:
    """Return the weights for the sessions, oldest first; hand-set ones where these are few.

    `lists` are those that signals read, `returns` what was learned of those before the ones held
    back, if somebody has learned it.
    """
    columns = SessionColumns.of(sessions)
    held_back = first_held_back(len(columns))
    middle = (held_back + len(columns)) // 2
    before = columns.part(0, held_back)
    fitting, choosing = (
        [*columns.sessions(range(*bounds))]
        for bounds in ((held_back, middle), (middle, len(columns)))
    )
    if min(_count_queries(fitting), _count_queries(choosing)) < FEWEST_QUERIES:
        return HAND_SET
    index = build_index(before, returns or learn_returns(before))
    halves = [*_spread(fitting)], [*_spread(choosing)]
    live = LivePart(before, {view for half in halves for prefix, _ in half for view in prefix})
    asked = [
        [FittingQuery(step, live.strengths(prefix)) for prefix, step in half] for half in halves
    ]
    trials = _Trials(index, asked, lists, [HAND_SET, *([yesterday] if yesterday else [])])
    span = int(before.ended_at[-1] - before.ended_at[0])
    for scale in TIME_SCALES:
        if scale < span:
            trials.add(SignalWeights(time_scale_seconds=scale))
    for root in DISTANCE_ROOTS:
        trials.add(replace(trials.best(), distance_root=root))
    for type_ in _types_of_many(asked):
        of_others = trials.best()
        for worth in WORTHS:
            worths = {**of_others.worths, type_.value: worth}
            trials.add(replace(of_others, worths=worths))
    return trials.best_after_each()


def first_held_back(sessions: int) -> int:
    """Return how many of the sessions are before those that are held back."""
    return sessions - int(sessions * HELD_BACK)


def _types_of_many(asked: Sequence[Sequence[FittingQuery]]) -> list[EventType]:
    """Return what enough queries of both halves have beside views."""
    halves = [
        Counter(type_ for query in half for type_ in {*query.step.types.values()}) for half in asked
    ]
    return sorted(
        type_ for type_ in halves[0] if all(half[type_] >= FEWEST_QUERIES for half in halves)
    )


def _kind_of(weights: SignalWeights) -> SignalWeights:
    """Return what of the weights decides how neighbours are asked."""
    return replace(weights, by_name={}, by_seen={})


class _Trials:
    """Weights that were met, each with its quality on the later half."""

    def __init__(
        self,
        index: SessionIndex,
        asked: Sequence[Sequence[FittingQuery]],
        lists: ReadsStrengths,
        known: Sequence[SignalWeights],
    ) -> None:
        """`asked` are the queries of both halves, `known` the weights that others have to beat."""
        self._index = index
        self._asked = asked
        self._lists = lists
        self._known = known
        self._met: list[tuple[float, SignalWeights]] = []
        for weights in [SignalWeights(), *known]:
            self.add(weights)

    def add(self, kind: SignalWeights) -> None:
        """Fit weights to neighbours of this time scale and root."""
        kind = _kind_of(kind)
        if any(_kind_of(weights) == kind for _, weights in self._met):
            return
        index = replace(self._index, weights=kind)
        earlier, later = (ask(half, index, self._lists) for half in self._asked)
        tried = [weights for weights in self._known if _kind_of(weights) == kind]
        tried += [replace(kind, by_name=weights.by_name) for weights in _climb(earlier)]
        self._met += [(_quality(later, weights), weights) for weights in tried]

    def best(self) -> SignalWeights:
        """Return the first of the best: what is known stays where nothing is better."""
        most = max(quality for quality, _ in self._met)
        best = [weights for quality, weights in self._met if quality == most]
        return next((weights for weights in self._known if weights in best), best[0])

    def best_after_each(self) -> SignalWeights:
        """Return the best, with weights of their own where others are better after few views."""
        best = self.best()
        index = replace(self._index, weights=best)
        halves = [(half, ask(half, index, self._lists)) for half in self._asked]
        by_seen: dict[int, Mapping[str, float]] = {}
        for least in SEEN_FROM:
            earlier, later = (
                of.part(np.array([seen_from(len(query.step.views)) == least for query in half]))
                for half, of in halves
            )
            if min(len(earlier.targets), len(later.targets)) >= FEWEST_QUERIES:
                known = [best, *(SignalWeights(of.after(least)) for of in self._known)]
                tried = [*known, *_climb(earlier)]
                found = max(tried, key=partial(_quality, later)).by_name
                if found != best.by_name:
                    by_seen[least] = found
        return replace(best, by_seen=by_seen)


def _count_queries(sessions: Sequence[PastSession]) -> int:
    return sum(max(0, len(session.products) - 1) for session in sessions)


def _spread(sessions: Sequence[PastSession]) -> Iterator[tuple[Sequence[str], VisitStep]]:
    """Yield steps, evenly spread over the sessions, each with what was viewed before it."""
    every = max(1, -(-_count_queries(sessions) // MOST_QUERIES))
    number = 0
    for session in sessions:
        for length, step in enumerate(steps(session), 1):
            if number % every == 0:
                kept = VisitStep(dict(step.views), dict(step.types), step.next)
                yield session.products[:length], kept
            number += 1


def _fit(questions: Questions) -> SignalWeights:
    shares = questions.target_shares()
    shares = shares[shares.sum(axis=1) > 0]
    if not len(shares):
        return HAND_SET
    parts = shares.shape[1]
    weights = np.full(parts, 1 / parts)
    for _ in range(_ROUNDS):
        each = shares * weights
        weights = (each / each.sum(axis=1, keepdims=True)).mean(axis=0)
    live, *others = weights.tolist()
    live = max(live, _LEAST_LIVE)
    fitted = {name: round(of / live, 3) for name, of in zip(SIGNALS, others, strict=True)}
    return _without_zeros(fitted)


def _climb(questions: Questions) -> Iterator[SignalWeights]:
    """Yield weights of growing quality."""
    fitted = _fit(questions)
    best, weights = max(
        ((_quality(questions, known), known) for known in (HAND_SET, fitted)), key=itemgetter(0)
    )
    for _ in range(MOST_MOVES):
        yield weights
        moves = ((_quality(questions, move), move) for move in _moves(weights, fitted))
        quality, move = max(moves, key=itemgetter(0))
        if quality <= best:
            return
        best, weights = quality, move


def _moves(weights: SignalWeights, fitted: SignalWeights) -> Iterator[SignalWeights]:
    now = weights.by_name
    for factor in (2.0, 0.5):
        yield SignalWeights({name: factor * of for name, of in now.items()})
    for name in SIGNALS:
        for of in (2 * weights.of(name), weights.of(name) / 2, fitted.of(name), 0.0):
            yield _without_zeros({**now, name: of})


def _without_zeros(weights: Mapping[str, float]) -> SignalWeights:
    return SignalWeights({name: of for name, of in weights.items() if of > 0})


def _quality(questions: Questions, weights: SignalWeights) -> float:
    return questions.quality([1.0, *(weights.of(name) for name in SIGNALS)])
