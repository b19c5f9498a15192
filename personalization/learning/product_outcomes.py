"""What the products earned when they were seen: what UCB and Bayesian UCB ask.

A product is an arm. Each learned impression of it adds its outcome r and the score s that it had
then. N counts the impressions of all products. A mean is of what a product earned above its score,
and `prior` more impressions that earned what the score says stand for the belief before:

    n(a) = prior + impressions of a
    mean(a) = slope s(a) + sum (r - slope s) / n(a)

The textbook shows every arm once before anything else. With thousands of products that would be
months of a shop in which nothing is ranked; so a product that nobody saw is worth its score, and
before the first round the actions are in the order of the blend. With slope 0 and prior 1 a mean
is the textbook's but for one impression of nothing.

With mu(a) ~ N(slope s(a), sigma^2 / prior) and r ~ N(mu, sigma^2), mean(a) is mu's expectation and
sigma^2 / n(a) its variance. sigma^2 is learned of all products together (inverse gamma):

    sigma^2 = (K sigma_0^2 + sum y^2 - sum_a (sum_a y)^2 / n(a)) / (K + N),    y = r - slope s
"""

from collections.abc import Mapping, Sequence
from itertools import islice

import msgspec
import numpy as np
import numpy.typing as npt

from personalization.domain.decision import Action
from personalization.domain.errors import DamagedSnapshotError, RefusedSnapshotError
from personalization.domain.identifiers import ProductId
from personalization.policies.plain_scores import plain_scores
from personalization.ports.policy import Candidate, LearningRound
from personalization.ports.value_models import Earnings, ProductMeans, Values

Floats = npt.NDArray[np.float64]

PRODUCTS_PART = "products.msgpack"
"""Its part of a snapshot."""
MOST_PRODUCTS = 20_000
"""Some 1 MB of a snapshot. Beyond it, what was not shown for longest begins again."""
FIRST_DEVIATION = 0.2
"""sigma_0: that of an outcome where every twenty-fifth impression ends with an order."""
FIRST_ROUNDS = 10
"""K: sigma_0 weighs like ten rounds."""
_COLUMNS = 4
"""Impressions, outcomes, scores, plain scores."""
_FORMER_COLUMNS = 3
"""Without plain scores, of which the scores are the nearest that there is."""


class _State(msgspec.Struct):
    rounds: int = 0
    squares: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Sums of r r, r s and s s, of forgotten products too."""
    products: list[str] = []
    """Shown longest ago first."""
    sums: bytes = b""
    """Impressions, outcomes, scores and plain scores of each product, little-endian float64."""


class ProductLearner:
    """Implements `PolicyLearner` with sums over impressions, which are its whole state."""

    def __init__(self, state: bytes | None, most: int = MOST_PRODUCTS) -> None:
        read = _read(state)
        self._most, self._rounds = most, read.rounds
        self._squares = np.array(read.squares)
        rows = _rows(read).tolist()
        self._sums: dict[str, list[float]] = dict(zip(read.products, rows, strict=True))
        self._candidates: tuple[Candidate, ...] = ()
        self._plain: Values = np.zeros(0)

    def learn(self, rounds: Sequence[LearningRound]) -> None:
        """Learn outcomes; a correction takes the old outcome out, propensities play no part."""
        for round_ in rounds:
            if round_.corrects is None:
                self._add(round_)
            else:
                self._correct(round_, round_.corrects)

    def dump(self) -> bytes:
        """Raise `RefusedSnapshotError` for a sum that is not finite."""
        rows = np.array(list(self._sums.values()), dtype="<f8").reshape(-1, _COLUMNS)
        if not (np.isfinite(rows).all() and np.isfinite(self._squares).all()):
            raise RefusedSnapshotError(
                "The outcomes of products are not promoted: a sum is not finite."
            )
        rr, rs, ss = self._squares.tolist()
        state = _State(self._rounds, (rr, rs, ss), list(self._sums), rows.tobytes())
        return msgspec.msgpack.encode(state)

    def _add(self, round_: LearningRound) -> None:
        product_id, r, s = _product_of(round_), round_.outcome, round_.score
        sums = self._sums.pop(product_id, [0.0] * _COLUMNS)
        added = 1.0, r, s, self._plain_score(round_)
        self._sums[product_id] = [before + more for before, more in zip(sums, added, strict=True)]
        self._squares += (r * r, r * s, s * s)
        self._rounds += 1
        for oldest in list(islice(self._sums, max(0, len(self._sums) - self._most))):
            del self._sums[oldest]

    def _plain_score(self, round_: LearningRound) -> float:
        # The positions of a decision, which share their candidates, follow each other.
        if round_.candidates is not self._candidates:
            self._candidates = round_.candidates
            self._plain = plain_scores(round_.candidates, round_.relevance_weight)
        return float(self._plain[round_.chosen])

    def _correct(self, round_: LearningRound, former: float) -> None:
        """Replace an outcome; where its product was forgotten since, nothing is left of it."""
        r, s, sums = round_.outcome, round_.score, self._sums.get(_product_of(round_))
        self._squares += (r * r - former * former, (r - former) * s, 0.0)
        if sums is not None:
            sums[1] += r - former


class LearnedProducts:
    """What a state says of products. It never changes: any number of threads may ask."""

    def __init__(self, state: bytes | None) -> None:
        read = _read(state)
        self._rounds, self._squares = read.rounds, read.squares
        # The last row is of all products that nobody saw.
        self._sums = np.vstack([_rows(read), np.zeros((1, _COLUMNS))])
        self._places: Mapping[str, int] = {name: row for row, name in enumerate(read.products)}

    @property
    def rounds(self) -> int:
        return self._rounds

    def means(self, actions: Sequence[Action], slope: float, prior: float) -> ProductMeans:
        places = self._rows_of(actions)
        impressions, outcomes, scores, _ = self._sums[places].T
        n = prior + impressions
        now = np.array([action.score for action in actions])
        return ProductMeans(n, slope * now + (outcomes - slope * scores) / n)

    def earnings(self, actions: Sequence[Action]) -> Earnings:
        impressions, outcomes, _, plain = self._sums[self._rows_of(actions)].T
        return Earnings(impressions, outcomes, plain)

    def deviation(self, slope: float, prior: float) -> float:
        impressions, outcomes, scores, _ = self._sums.T
        rr, rs, ss = self._squares
        whole = rr - 2 * slope * rs + slope * slope * ss
        told = float(np.sum((outcomes - slope * scores) ** 2 / (prior + impressions)))
        # Forgotten products and rounding may each move the difference a little.
        rest = FIRST_ROUNDS * FIRST_DEVIATION**2 + max(whole - told, 0.0)
        return float(np.sqrt(rest / (FIRST_ROUNDS + self._rounds)))

    def _rows_of(self, actions: Sequence[Action]) -> list[int]:
        unseen = len(self._places)
        return [self._places.get(action.product_id, unseen) for action in actions]


def _product_of(round_: LearningRound) -> ProductId:
    return round_.shown_candidate.product_id


def _read(state: bytes | None) -> _State:
    if state is None:
        return _State()
    try:
        read = msgspec.msgpack.decode(state, type=_State)
    except msgspec.DecodeError as error:
        raise DamagedSnapshotError(f"{PRODUCTS_PART} cannot be read: {error}") from error
    if len(read.sums) not in {len(read.products) * n * 8 for n in (_FORMER_COLUMNS, _COLUMNS)}:
        raise DamagedSnapshotError(f"{PRODUCTS_PART} has not four sums for each product.")
    return read


def _rows(state: _State) -> Floats:
    sums = np.frombuffer(state.sums, dtype="<f8")
    if len(sums) == len(state.products) * _COLUMNS:
        return sums.reshape(-1, _COLUMNS)
    former = sums.reshape(-1, _FORMER_COLUMNS)
    return np.column_stack([former, former[:, -1]])
