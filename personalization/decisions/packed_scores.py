"""The actions and the categories of a decision as columns, without what follows from the rest."""

from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import attrgetter, truediv
from typing import Any, NamedTuple, Self

import msgspec
import numpy as np

from personalization.codec.bit_columns import Integers
from personalization.decisions.packed_texts import codes_of
from personalization.decisions.record_ledger import LedgerReader, LedgerWriter
from personalization.decisions.score_formula import (
    FrameNumbers,
    ScoreColumns,
    ScoreInputs,
    settle_scores,
)
from personalization.decisions.score_grid import GridBlock, GridCells, GridShape, ScoreGrid
from personalization.domain.action_table import ActionNumbers, ActionTable, Floats, Sparse
from personalization.domain.decision import (
    Action,
    ActionSource,
    CategoryScore,
    Decision,
    Frame,
    Ingredients,
    PriorTerm,
)
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.tuning import Tuning
from personalization.ranking.signals.registry import SIGNALS
from personalization.value_classes import make_all

_MOST_CHANCES = 16
"""With so few different probabilities, as epsilon-greedy's, each action has the number of its."""
_CATEGORY = attrgetter("category_id", "score", "ingredients")
_TERM = attrgetter("name", "weight", "total")
_SOURCES = msgspec.json.Decoder(tuple[tuple[ActionSource, ...], ...])


class PackedScores(msgspec.Struct, array_like=True, frozen=True):
    is_ranked: bool
    """Whether the best score comes first, and of equal ones the first id."""
    action_categories: tuple[CategoryId, ...]
    sources: bytes
    """Each different set once, as JSON without the outermost brackets."""
    chances: tuple[float, ...]
    """Different probabilities; none where each action has its own."""
    cells: GridCells
    decay: float
    priors: tuple[str, ...]
    signals: int
    """How many of the frame's priors are signals; they are the last."""
    adjustments: tuple[str, ...]
    categories: tuple[CategoryId, ...]
    category_priors: tuple[str, ...]
    category_adjustments: tuple[str, ...]

    def shape(self, actions: int, evidence: int) -> GridShape:
        sizes = evidence, len(self.priors), len(self.adjustments)
        others = evidence, len(self.category_priors), len(self.category_adjustments)
        return GridShape.of(actions, len(self.categories), sizes, others)


class ScoreGivens(msgspec.Struct, frozen=True):
    """Of a decision, what scores are made of besides."""

    rewards: Sequence[float]
    """Of each piece of evidence, times its freshness."""
    ages: Sequence[int]
    evidence_amount: float
    live_weight: float
    tuning: Tuning


class ScoreParts(NamedTuple):
    """The parts of a decision that come back from its scores."""

    actions: Sequence[Action]
    frame: Frame
    categories: tuple[CategoryScore, ...]
    category_frame: Frame


def write_scores(
    ledger: LedgerWriter, decision: Decision, given: ScoreGivens, order: Integers
) -> PackedScores:
    """Take where each product of the ascending order stands among the actions.

    Raises `ValueError` for a decision that does not fit.
    """
    frame, other_frame, evidence = decision.frame, decision.category_frame, len(given.ages)
    if frame.decay != other_frame.decay:
        raise ValueError("Evidence decays in two ways.")
    names, weights, totals = columns_of(map(_TERM, frame.priors), 3)
    other_names, other_weights, other_totals = columns_of(map(_TERM, other_frame.priors), 3)
    sizes = evidence, len(names), len(frame.adjustments)
    other_sizes = evidence, len(other_names), len(other_frame.adjustments)
    actions = ActionColumns.of(decision.actions, sizes)
    ids, other_scores, made_of = columns_of(map(_CATEGORY, decision.categories), 3)
    other_chances, other_caps, *_ = columns_of(made_of, len(Ingredients._fields))
    chances = actions.of_each[0].tolist()
    is_ranked = _is_ranked(actions.of_each[2], actions.product_ids)
    ledger.integers += [] if is_ranked else [order]
    coded = _write_codes(ledger, actions, chances, order)
    ordered = actions.of_each[:, order]
    relevance, prior = ordered[3:]
    mean_chances = _mean_chances(ids, coded.categories, coded.codes, ordered[0])
    ledger.few(mean_chances, other_chances)
    shape = GridShape.of(order.size, len(ids), sizes, other_sizes)
    block = GridBlock(actions.block.numbers[:, order], actions.block.present[:, order])
    grid = ScoreGrid.of(block, GridBlock.of(made_of, other_sizes), shape)
    cells, floats = grid.parts()
    ledger.floats += floats
    packed = PackedScores(
        is_ranked, coded.categories, coded.sources, coded.chances, cells,
        frame.decay, names, len(SIGNALS.keys() & names), frame.adjustments, ids, other_names,
        other_frame.adjustments,
    )  # fmt: skip
    others = np.array((other_chances, other_caps, other_scores), np.float64)
    all_chances, all_caps, all_scores = np.concatenate((ordered[:3], others), axis=1)
    known = ScoreColumns(
        relevance, prior, all_caps, all_scores,
        FrameNumbers(
            weights, totals, other_weights, other_totals,
            (frame.normaliser, other_frame.normaliser), (frame.scale, other_frame.scale),
        ),
    )  # fmt: skip
    settle_scores(ledger, _inputs(packed, grid, all_chances, given), known)
    return packed


def read_scores(
    ledger: LedgerReader, packed: PackedScores, given: ScoreGivens, products: Sequence[ProductId]
) -> ScoreParts:
    """Take the products in ascending order; raises `ValueError` for what was not written."""
    count = len(products)
    if not 0 <= packed.signals <= len(packed.priors):
        raise ValueError("There are more signals than priors.")
    order = None if packed.is_ranked else ledger.integers(count)
    codes, source_codes = ledger.integers(count), ledger.integers(count).tolist()
    if count and codes.max() >= len(packed.action_categories):
        raise ValueError("An action is of no known category.")
    sets = _SOURCES.decode(b"[[%b]]" % packed.sources) if count else ()
    chances = _read_chances(ledger, packed.chances, count)
    mean_chances = _mean_chances(packed.categories, packed.action_categories, codes, chances)
    others = ledger.few(mean_chances)
    grid = ScoreGrid.read(packed.cells, packed.shape(count, len(given.ages)), ledger.floats)
    inputs = _inputs(packed, grid, np.concatenate((chances, others)), given)
    found = settle_scores(ledger, inputs)
    if order is None:
        ranking = sorted(zip((-found.scores[:count]).tolist(), products, range(count), strict=True))
        places = [place for _, _, place in ranking]
    else:
        places = np.argsort(order).tolist()
    categories = [packed.action_categories[code] for code in codes.tolist()]
    columns = products, categories, [sets[code] for code in source_codes]
    actions = _read_actions(columns, grid, chances, found, places)
    caps, scores = found.caps[count:].tolist(), found.scores[count:].tolist()
    made_of = map(Ingredients, others, caps, *grid.sparse(of_actions=False))
    scored = [
        CategoryScore(category_id=category, score=score, ingredients=ingredients)
        for category, score, ingredients in zip(packed.categories, scores, made_of, strict=True)
    ]
    return ScoreParts(actions, *_frames(packed, found.frames, tuple(scored)))


def read_strengths(
    ledger: LedgerReader, packed: PackedScores, shape: GridShape, shown: Sequence[int]
) -> list[Sparse]:
    """Return the strengths of some products, named by their ascending places, and nothing else."""
    if not packed.chances:
        ledger.floats(shape.actions)
    return ScoreGrid.read(packed.cells, shape, ledger.floats).strengths(shown)


def _read_actions(
    columns: Sequence[Sequence[Any]],
    grid: ScoreGrid,
    chances: Floats,
    found: ScoreColumns,
    places: Sequence[int],
) -> Sequence[Action]:
    """Return the actions in the order of their places."""
    texts = [[column[place] for place in places] for column in columns]
    count, evidence, priors = grid.shape.actions, grid.shape.evidence, grid.shape.priors
    adjusted = grid.shape.adjusted
    of_actions = grid.numbers[:adjusted, :count]
    numbers = ActionNumbers(
        relevance=found.relevance,
        prior=found.prior,
        score=found.scores[:count],
        probability=chances,
        cap=found.caps[:count],
        relevances=of_actions[:evidence],
        strengths=of_actions[evidence:priors],
        adjustments=of_actions[priors:] if adjusted > priors else None,
    ).at(places)
    # A table takes a 0 for absent.
    if ((of_actions != 0) == grid.present[:adjusted, :count]).all():
        product_ids, category_ids, sources = texts
        return ActionTable(product_ids, category_ids, sources, numbers)
    sparse = [[column[place] for place in places] for column in grid.sparse(of_actions=True)]
    made_of = make_all(
        Ingredients, zip(numbers.probability.tolist(), numbers.cap.tolist(), *sparse, strict=True)
    )
    relevance, prior, score = numbers.relevance, numbers.prior, numbers.score
    parts = *texts, relevance.tolist(), prior.tolist(), score.tolist(), made_of
    return tuple(make_all(Action, zip(*parts, strict=True)))


class ActionColumns(msgspec.Struct, frozen=True):
    product_ids: Sequence[ProductId]
    category_ids: Sequence[CategoryId]
    sources: Sequence[tuple[ActionSource, ...]]
    of_each: Floats
    """Probabilities, caps, scores, relevances and priors."""
    block: GridBlock

    @classmethod
    def of(cls, actions: Sequence[Action], sizes: tuple[int, int, int]) -> Self:
        if isinstance(actions, ActionTable):
            table = actions.numbers
            each = table.probability, table.cap, table.score, table.relevance, table.prior
            parts = [table.relevances, table.strengths]
            if table.adjustments is not None:
                parts += [table.adjustments]
            numbers = np.concatenate(parts)
            if len(table.relevances) != sizes[0] or len(numbers) != sum(sizes):
                raise ValueError("Numbers are of other evidence.")
            block = GridBlock(numbers, numbers != 0)
            texts = actions.product_ids, actions.category_ids, actions.sources
            return cls(*texts, np.array(each), block)
        ids, categories, sources, relevance, prior, score, made_of = columns_of(actions, 7)
        chances, caps, *_ = columns_of(made_of, len(Ingredients._fields))
        of_each = np.array((chances, caps, score, relevance, prior), np.float64)
        return cls(ids, categories, sources, of_each, GridBlock.of(made_of, sizes))


def _is_ranked(scores: Floats, product_ids: Sequence[ProductId]) -> bool:
    """Return whether the best score comes first, and of equal ones the first id."""
    before, after = scores[:-1], scores[1:]
    if not (before >= after).all():
        return False
    equal = (before == after).nonzero()[0].tolist()
    return all(product_ids[place] < product_ids[place + 1] for place in equal)


def columns_of(rows: Iterable[Sequence[Any]], width: int) -> Sequence[tuple[Any, ...]]:
    return list(zip(*rows, strict=True)) or [()] * width


def _inputs(
    packed: PackedScores, grid: ScoreGrid, chances: Floats, given: ScoreGivens
) -> ScoreInputs:
    return ScoreInputs(
        grid=grid,
        chances=chances,
        rewards=given.rewards,
        ages=given.ages,
        decay=packed.decay,
        live_weight=given.live_weight,
        priors=packed.priors,
        signals=packed.signals,
        weights=given.tuning.product_weights,
        category_priors=packed.category_priors,
        category_weights=given.tuning.category_weights,
    )


class _ActionCodes(msgspec.Struct, frozen=True):
    categories: tuple[CategoryId, ...]
    codes: Integers
    """Of the actions' categories."""
    sources: bytes
    chances: tuple[float, ...]


def _write_codes(
    ledger: LedgerWriter, actions: ActionColumns, chances: Sequence[float], order: Integers
) -> _ActionCodes:
    categories, sources = actions.category_ids, actions.sources
    if not categories:
        return _ActionCodes((), order, b"", ())
    codes, names = codes_of(categories)
    # By their text: members of an enum are hashed slowly.
    texts = msgspec.json.encode(sources)[2:-2].split(b"],[")
    source_codes, different_sources = codes_of(texts)
    chance_codes, different = codes_of(chances)
    # 0 and -0 would pass for one.
    if len(different) > _MOST_CHANCES or 0.0 in different:
        ledger.floats += [actions.of_each[0][order]]
        columns, different = [codes, source_codes], ()
    else:
        columns = [codes, source_codes, chance_codes]
    ordered = np.array(columns, np.int64)[:, order]
    ledger.integers += list(ordered)
    return _ActionCodes(names, ordered[0], b"],[".join(different_sources), different)


def _mean_chances(
    categories: Sequence[CategoryId],
    names: Sequence[CategoryId],
    codes: Integers,
    chances: Floats,
) -> list[float]:
    """Return the mean probability of each category's actions; the least one where it has none.

    `codes` number the categories of actions, by `names`.
    """
    if not codes.size:
        return [1.0] * len(categories)
    sums = np.bincount(codes, chances[: codes.size]).tolist()
    counts = np.bincount(codes).tolist()
    means = dict(zip(names, map(truediv, sums, counts), strict=True))
    least = np.minimum.reduce(chances[: codes.size])
    return list(map(means.get, categories, repeat(float(least))))


def _read_chances(ledger: LedgerReader, different: Sequence[float], count: int) -> Floats:
    return np.array(different)[ledger.integers(count)] if different else ledger.floats(count)


def _frames(
    packed: PackedScores, numbers: FrameNumbers, categories: tuple[CategoryScore, ...]
) -> tuple[Frame, tuple[CategoryScore, ...], Frame]:
    terms = _terms(packed.priors, numbers.weights, numbers.totals)
    others = _terms(packed.category_priors, numbers.category_weights, numbers.category_totals)
    frame, category_frame = [
        Frame(
            priors=priors, normaliser=normaliser, scale=scale, decay=packed.decay,
            adjustments=adjustments,
        )
        for priors, normaliser, scale, adjustments in zip(
            (terms, others), numbers.normalisers, numbers.scales,
            (packed.adjustments, packed.category_adjustments), strict=True,
        )
    ]  # fmt: skip
    return frame, categories, category_frame


def _terms(
    names: Sequence[str], weights: Sequence[float], totals: Sequence[float]
) -> tuple[PriorTerm, ...]:
    columns = zip(names, weights, totals, strict=True)
    return tuple([PriorTerm(name=name, weight=u, total=total) for name, u, total in columns])
