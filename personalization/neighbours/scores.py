"""How much a session's neighbours, past sessions that saw the same products, speak for others.

Vector multiplication session-based kNN (V-SKNN: Ludewig and Jannach, Evaluation of session-based
recommendation algorithms, 2018) over an index of the newest sessions of each product, as VMIS-kNN
has it (Kersbergen, Sprangers and Schelter, Serenade, 2022), and with the time gap of STAN (Garg et
al., Sequence and time aware neighborhood for session-based recommendations, 2019) and its distance
from the product shared where the night found that they help. With the session's products x_1 (the
newest), x_2, ..., x_m:

    v(x_i) = POSITION_FADE^(i - 1),  i = 1..POSITIONS        what a product of the session counts
    v(x_i) = the same times what a cart, a purchase or a long look is worth, where the night found
             out for the type of the newest interaction with it
    sim(s) = sum of v over the products that s saw, too      of s among the newest of each x_i
    sim(s) = the same times exp(-age of s / scale) where the night chose a scale
    N      = the NEIGHBOURS sessions with the largest sim, newest first among equals
    c(s)   = v of the newest x_i that s saw
    d(s,a) = places between a and that x_i in the order in which s saw them
    score(a) = rarity(a) * sum over s in N that saw a of sim(s) * c(s)
    score(a) = the same with each s divided by the root of d(s, a) where the night chose one

Rarity is the inverse document frequency. The session's own products have no score: whether they
come again is for the return table to say.

An erased session is no neighbour. Scores are those of an index without it, but for rarity, and for
ages where it was the newest, which the next night counts anew, and for products of more than
`SESSIONS_OF_A_PRODUCT` sessions, where no older one takes its place before that.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from personalization.neighbours.session_index import Integers, SessionIndex

POSITIONS = 10
"""Products of the session that are asked, the newest ones."""
POSITION_FADE = 0.8
NEIGHBOURS = 100
"""Both were chosen on the last training sessions of three public sets, where a linear fade or 500
neighbours were no better on any of them."""
ALL_VIEWED: Mapping[str, str] = {}
_FOURTH = 4
_FEW_NUMBERS = 50_000
"""Up to so many a place for each is quicker than sorting those that were found."""

# By multiplication, which is the same on every processor to the last bit, as powers are not.
_COUNTS = np.cumprod([1.0, *[POSITION_FADE] * (POSITIONS - 1)])
Floats = npt.NDArray[np.floating[Any]]
Scores = tuple[Integers, Floats]
"""Product numbers and their scores above 0."""


def neighbour_scores(
    index: SessionIndex, newest_first: Sequence[str], types: Mapping[str, str] = ALL_VIEWED
) -> Scores:
    """Return the scores of what neighbours saw; products that the index lacks are passed over.

    `types` has the type of the newest interaction with each, a view where it has none.
    """
    known = list(map(index.products.number_of, newest_first))
    asked = [(place, number) for place, number in enumerate(known[:POSITIONS]) if number >= 0]
    if not asked:
        return np.empty(0, np.int32), np.empty(0)
    counts = _COUNTS
    if index.weights.worths:
        types_asked = [types.get(product, "") for product in newest_first[:POSITIONS]]
        worths_asked = [index.weights.worths.get(type_, 1.0) for type_ in types_asked]
        counts = counts[: len(worths_asked)] * worths_asked
    sessions, similarity, closeness = _similar_sessions(index, asked, counts)
    if index.fade is not None:
        similarity = similarity * index.fade[sessions]
    nearest = largest_first(similarity, NEIGHBOURS)
    worth = similarity[nearest] * closeness[nearest]
    seen, lengths = _rows(index.session_starts, index.session_products, sessions[nearest])
    worths = worth.repeat(lengths)
    if index.weights.distance_root:
        places, numbers = zip(*asked, strict=True)
        of_asked = list(numbers), counts[list(places)]
        worths /= _root_distances(index, of_asked, (seen, lengths), closeness[nearest])
    products, sums, _ = _tally(seen, worths, len(index.products))
    scores = sums * index.rarity[products]
    own = np.zeros(len(index.products), bool)
    own[[number for number in known if number >= 0]] = True
    kept = (scores > 0) & ~own[products]
    return products[kept], scores[kept]


def _root_distances(
    index: SessionIndex,
    asked: tuple[Sequence[int], Floats],
    sessions: tuple[Integers, npt.NDArray[Any]],
    closeness: Floats,
) -> Floats:
    """Return how far what each session saw is from its newest product shared, as a root.

    `asked` are products and what they count, `sessions` what they saw and how much each did. By
    square roots, which are the same on every processor to the last bit, as powers are not.
    """
    seen, lengths = sessions
    numbers, counts = asked
    of_products = np.zeros(len(index.products))
    of_products[numbers] = counts
    places = np.arange(len(seen))
    shared = np.where(of_products[seen] == closeness.repeat(lengths), places, 0)
    newest = np.maximum.reduceat(shared, lengths.cumsum() - lengths)
    distances = np.abs(places - newest.repeat(lengths))
    roots: npt.NDArray[np.float64] = np.sqrt(np.maximum(distances, 1))
    return np.sqrt(roots) if index.weights.distance_root == _FOURTH else roots


def largest_first(numbers: npt.NDArray[Any], count: int) -> npt.NDArray[Any]:
    """Return where the largest are, at most `count`, the first one first among equals."""
    falling = -numbers
    places: npt.NDArray[Any] = np.arange(len(numbers))
    if len(numbers) > count:
        bound = np.partition(falling, count - 1)[count - 1]
        # With all that equal the last: which of them are the first, only their order says.
        places = (falling <= bound).nonzero()[0]
    order = falling[places].argsort(kind="stable")[:count]
    largest: npt.NDArray[Any] = places[order]
    return largest


def _similar_sessions(
    index: SessionIndex, asked: Sequence[tuple[int, int]], counts: Floats
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Return sessions, newest first, each with its similarity and what its newest shared counts."""
    # The oldest product first: what is written last stays, and that is of the newest.
    places = [place for place, _ in reversed(asked)]
    numbers = np.array([number for _, number in reversed(asked)], dtype=np.int32)
    found, lengths = _rows(index.product_starts, index.product_sessions, numbers)
    sessions, similarity, closeness = _tally(
        found, counts[places].repeat(lengths), index.session_count
    )
    if index.erased is not None:
        kept = ~index.erased[sessions]
        sessions, similarity, closeness = sessions[kept], similarity[kept], closeness[kept]
    return sessions[::-1], similarity[::-1], closeness[::-1]


def _tally(
    numbers: Integers, weights: Floats, count: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the distinct numbers below `count`, rising, each with its sum and its last weight.

    Weights are above 0. Sums are added in the order given, so that both ways end at the same bit.
    """
    if count <= _FEW_NUMBERS:
        sums = np.bincount(numbers, weights, count)
        last = np.zeros(count)
        last[numbers] = weights
        distinct = sums.nonzero()[0]
        return distinct, sums[distinct], last[distinct]
    distinct, inverse = np.unique(numbers, return_inverse=True)
    last = np.zeros(len(distinct))
    last[inverse] = weights
    return distinct, np.bincount(inverse, weights, len(distinct)), last


def _rows(starts: Integers, members: Integers, rows: npt.NDArray[Any]) -> tuple[Integers, Integers]:
    """Return the members of the rows, one row after the other, and the length of each."""
    firsts = starts[rows]
    lengths = starts[rows + 1] - firsts
    ends = lengths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    places = np.arange(total) + (firsts - ends + lengths).repeat(lengths)
    return members[places], lengths
