"""What a model must show before it is promoted: numbers, and parity with Vowpal Wabbit.

The model is loaded twice, as a scorer loads it and by Vowpal Wabbit, and both are asked the same:
seeded contexts and action sets of many sizes, with twins that tie, and what was learned lately.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from random import Random

import numpy as np
from vowpalwabbit import Workspace

from personalization.adapters.vowpal.distributions import Floats, bag, epsilon_greedy, softmax
from personalization.adapters.vowpal.example_text import example_lines
from personalization.adapters.vowpal.native_examples import predict
from personalization.adapters.vowpal.values import VowpalValues
from personalization.adapters.vowpal.workspace import open_workspace
from personalization.domain.context import CategoryAffinity, Context, Daypart, Season
from personalization.domain.errors import DamagedSnapshotError, RefusedSnapshotError
from personalization.domain.event import Device
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ports.policy import Candidate, LearningRound

TOLERANCE = 1e-6
"""By how much a probability may differ from Vowpal Wabbit's."""
_INVERSE_TEMPERATURE = 20.0
"""Epsilon-greedy shows only who is best. A softmax of this inverse temperature shows every value: a
difference of 1e-6 / 20 between two costs moves a probability by up to 2.5e-7."""
_EXPLORATIONS = {
    "cb_explore_adf_greedy", "cb_explore_adf_softmax", "cb_explore_adf_bag",
    "cb_explore_adf_regcb", "cb_explore_adf_squarecb",
}  # fmt: skip
_SIZES = (1, 2, 3, 8, 40, 80, 200)
_SEED = 20

_Question = tuple[Context, Sequence[Candidate]]
_Distribution = Callable[[Floats], Floats]


def check_model(model: bytes, rounds: Sequence[LearningRound] = ()) -> float:
    """Return the largest difference found to a probability of Vowpal Wabbit.

    `RefusedSnapshotError` for a weight that is no number, an answer that is no distribution, or a
    difference above the tolerance.
    """
    try:
        values = VowpalValues(model)
    except DamagedSnapshotError as error:
        raise RefusedSnapshotError(f"The model is not promoted: {error}") from error
    questions = [*_questions(), *((round_.context, round_.remaining) for round_ in rounds)]
    worst = 0.0
    for workspace, distribution in _both_ways(model):
        for context, candidates in questions:
            theirs = predict(workspace, example_lines(context, candidates))
            ours = distribution and distribution(values.values(context, candidates))
            worst = max(worst, _difference(theirs, ours))
    if not worst <= TOLERANCE:
        raise RefusedSnapshotError(
            f"The model is not promoted: a probability is {worst:.1e} away from Vowpal Wabbit's, "
            f"and {TOLERANCE:.0e} is allowed."
        )
    return worst


def _both_ways(model: bytes) -> Iterator[tuple[Workspace, _Distribution | None]]:
    """Yield the model in Vowpal Wabbit with what numpy makes of its values, each way there is.

    None stands for an exploration that only Vowpal Wabbit knows; SquareCB counts rounds itself.
    """
    workspace = open_workspace(model, "")
    epsilon = _argument(workspace, "epsilon")
    kind = next(iter(_EXPLORATIONS & set(workspace.get_enabled_reductions())), None)
    if kind == "cb_explore_adf_bag":
        yield workspace, lambda values: bag(values, epsilon)
    elif kind == "cb_explore_adf_greedy":
        yield workspace, lambda values: epsilon_greedy(values[0], epsilon)
        exposed = open_workspace(model, f"--softmax --lambda {_INVERSE_TEMPERATURE}")
        yield exposed, lambda values: softmax(values[0], _INVERSE_TEMPERATURE, epsilon)
    elif kind == "cb_explore_adf_softmax":
        inverse_temperature = _argument(workspace, "lambda") or 1.0
        yield workspace, lambda values: softmax(values[0], inverse_temperature, epsilon)
    elif kind is None:  # It answers with costs.
        yield workspace, lambda values: -values[0]
    else:
        yield workspace, None


def _argument(workspace: Workspace, name: str) -> float:
    words = workspace.get_arguments().split()
    given = [value for option, value in pairwise(words) if option == f"--{name}"]
    return float(given[0]) if given else 0.0


def _difference(theirs: Sequence[float], ours: Floats | None) -> float:
    """Return the largest difference, of numbers that are none an infinite one."""
    expected = np.array(theirs, np.float64)
    if ours is None:  # Then it must at least be a distribution.
        found = float(abs(expected.sum() - 1)) if (expected >= 0).all() else np.inf
        return 0.0 if found <= len(theirs) * TOLERANCE else np.inf
    worst = float(np.abs(ours - expected).max())
    return worst if np.isfinite(worst) else np.inf


@lru_cache(maxsize=1)
def _questions() -> tuple[_Question, ...]:
    generator = Random(_SEED)
    return tuple((_context(generator), _candidates(size, generator)) for size in _SIZES * 3)


def _context(generator: Random) -> Context:
    leaning = CategoryAffinity(CategoryId(f"c{generator.randrange(4)}"), 1.0)
    return Context(
        season=generator.choice(list(Season)),
        daypart=generator.choice(list(Daypart)),
        device=generator.choice(list(Device)),
        region=None,
        affinities=generator.choice([(), (leaning,)]),
        interaction_count=generator.randrange(9),
        tastes=generator.choice([(), (leaning,)]),
    )


def _candidates(count: int, generator: Random) -> tuple[Candidate, ...]:
    made: list[Candidate] = []
    for number in range(count):
        relevance, prior = generator.random(), generator.random()
        if number % 4 == 3:  # noqa: PLR2004 - every fourth, as said above
            _, _, relevance, prior = generator.choice(made)
        made.append(Candidate(ProductId(f"p{number}"), CategoryId("c"), relevance, prior))
    return tuple(made)
