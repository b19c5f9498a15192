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
either signal or both are doubled or halved as long as that grows. Of all that was met on the way,
what has the largest sum on the later half is taken, if that is more than the hand-set weights and
yesterday's have.

The live part is here what followers say of the newest product, as
`personalization.ranking.relevance` weighs it; the reweighting by older products and the priors are
left out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from personalization.neighbours.return_table import learn_returns
from personalization.neighbours.scores import neighbour_scores
from personalization.neighbours.session_index import PastSession, SessionIndex, build_index
from personalization.neighbours.signal_weights import HAND_SET, SignalWeights
from personalization.ranking.relevance import NEXT_WEIGHT, RETURN_WEIGHT, SEEN_FRESHNESS
from personalization.ranking.session_signals import MOST_RETURNS

HELD_BACK = 0.05
FEWEST_QUERIES = 200
"""In each half; fewer choose by chance."""
MOST_QUERIES = 1_500
"""In each half, evenly spread: more take time and change nothing."""
MOVES = ((2.0, 1.0), (1.0, 2.0), (2.0, 2.0), (0.5, 1.0), (1.0, 0.5), (0.5, 0.5))
"""Factors of neighbours and return."""
MOST_MOVES = 8
CUTOFF = 20
_ROUNDS = 100
_LEAST_LIVE = 0.02
"""Share of the live part; the others are told against it."""
_CANDIDATES = 60
_PSEUDO_COUNT = 2.0
_FADE = 0.2
_FURTHEST = 3

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Question:
    shares: Matrix
    """Live part, neighbours and return, a row each, over the candidates."""
    target: int
    """Column of what came next; -1 where it is no candidate."""


def fit_weights(
    sessions: Sequence[PastSession], yesterday: SignalWeights | None = None
) -> SignalWeights:
    """Return the weights for the sessions, oldest first; hand-set ones where these are few."""
    held_back = len(sessions) - int(len(sessions) * HELD_BACK)
    middle = (held_back + len(sessions)) // 2
    before = sessions[:held_back]
    fitting, choosing = sessions[held_back:middle], sessions[middle:]
    if min(_count_queries(fitting), _count_queries(choosing)) < FEWEST_QUERIES:
        return HAND_SET
    index = build_index(before, learn_returns(session.products for session in before))
    queries = [*_spread(fitting)], [*_spread(choosing)]
    followers = _followers(before, {prefix[-1] for half in queries for prefix, _ in half})
    earlier, later = ([_question(index, followers, *query) for query in half] for half in queries)
    known = [HAND_SET, *([yesterday] if yesterday else [])]
    # The first of the best: what is known stays where nothing is better.
    return max([*known, *_climb(earlier)], key=lambda weights: _quality(later, weights))


def _count_queries(sessions: Sequence[PastSession]) -> int:
    return sum(max(0, len(session.products) - 1) for session in sessions)


def _spread(sessions: Sequence[PastSession]) -> Iterator[tuple[Sequence[str], str]]:
    """Yield prefixes with what came next, evenly spread over the sessions."""
    every = max(1, -(-_count_queries(sessions) // MOST_QUERIES))
    number = 0
    for _, products in sessions:
        for length in range(1, len(products)):
            if number % every == 0:
                yield products[:length], products[length]
            number += 1


def _followers(sessions: Sequence[PastSession], wanted: set[str]) -> dict[str, Mapping[str, float]]:
    """Return the strengths of what follows each product wanted, as the night's affinities are."""
    views: Counter[str] = Counter()
    weights: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for _, products in sessions:
        views.update(products)
        for place, item in enumerate(products):
            if item in wanted:
                for distance, follower in enumerate(products[place + 1 : place + 1 + _FURTHEST]):
                    weights[item][follower] += _FADE**distance  # type: ignore[assignment]
    total = views.total()
    found: dict[str, Mapping[str, float]] = {}
    for item, following in weights.items():
        chances = {
            follower: weight + _PSEUDO_COUNT * views[follower] / total
            for follower, weight in following.items()
        }
        best = sorted(chances, key=lambda follower: (-chances[follower], follower))[:_CANDIDATES]
        found[item] = {follower: chances[follower] / chances[best[0]] for follower in best}
    return found


def _question(
    index: SessionIndex,
    followers: Mapping[str, Mapping[str, float]],
    prefix: Sequence[str],
    target: str,
) -> _Question:
    times = Counter(prefix)
    seen = list(dict.fromkeys(reversed(prefix)))
    chances = {item: index.returns.chance(back, times[item]) for back, item in enumerate(seen)}
    returning = min(MOST_RETURNS, sum(chances.values()))
    live = {
        item: NEXT_WEIGHT * strength * (SEEN_FRESHNESS if item in times else 1.0)
        for item, strength in followers.get(prefix[-1], {}).items()
    }
    live |= {item: RETURN_WEIGHT for item in seen if item not in live}
    numbers, scores = neighbour_scores(index, seen)
    best = np.argsort(-scores, kind="stable")[:_CANDIDATES]
    near = {index.products[numbers[place]]: float(scores[place]) for place in best}
    candidates = {item: place for place, item in enumerate(dict.fromkeys([*live, *near, *seen]))}
    shares = np.zeros((3, len(candidates)))
    signals = ((live, 1.0), (near, 1.0 - returning), (chances, returning))
    for row, (strengths, weight) in enumerate(signals):
        total = sum(strengths.values())
        for item, strength in strengths.items():
            shares[row, candidates[item]] = weight * strength / total if total else 0.0
    return _Question(shares, candidates.get(target, -1))


def _fit(questions: Sequence[_Question]) -> SignalWeights:
    shares = np.array([q.shares[:, q.target] for q in questions if q.target >= 0])
    shares = shares[shares.sum(axis=1) > 0]
    if not len(shares):
        return HAND_SET
    weights = np.full(3, 1 / 3)
    for _ in range(_ROUNDS):
        parts = shares * weights
        weights = (parts / parts.sum(axis=1, keepdims=True)).mean(axis=0)
    live, near, back = weights.tolist()
    live = max(live, _LEAST_LIVE)
    return SignalWeights(neighbours=round(near / live, 3), returns=round(back / live, 3))


def _climb(questions: Sequence[_Question]) -> Iterator[SignalWeights]:
    """Yield weights of growing quality."""
    start = (HAND_SET, _fit(questions))
    best, weights = max(((_quality(questions, known), known) for known in start), key=itemgetter(0))
    for _ in range(MOST_MOVES):
        yield weights
        moves = [
            SignalWeights(neighbours=weights.neighbours * near, returns=weights.returns * back)
            for near, back in MOVES
        ]
        quality, move = max(
            ((_quality(questions, move), move) for move in moves), key=itemgetter(0)
        )
        if quality <= best:
            return
        best, weights = quality, move


def _quality(questions: Sequence[_Question], weights: SignalWeights) -> float:
    """Return HR@20 + MRR@20; of equal scores the first candidate counts as the better one."""
    factors = np.array([1.0, weights.neighbours, weights.returns])
    total = 0.0
    for question in questions:
        if question.target >= 0:
            scores = factors @ question.shares
            own = scores[question.target]
            rank = 1 + int((scores > own).sum()) + int((scores[: question.target] == own).sum())
            total += 1 + 1 / rank if rank <= CUTOFF else 0.0
    return total / len(questions)
