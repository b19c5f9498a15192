"""A world whose outcomes are known: what benchmarks of learning and scoring ask.

The mean outcome of an action is a function of its relevance, its prior and the context, so the
value of a policy is computed, not estimated.
"""

from collections.abc import Iterator
from random import Random

from personalization.domain.context import CategoryAffinity, Context, Daypart, Season
from personalization.domain.event import Device
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ports.policy import Candidate, LearningRound

LEANINGS = ("shirts", "trousers", "skirts", "sale")
ACTIONS = 40
_BOUGHT = 0.2
"""A purchase is 1, a click 0.3 and nothing 0: the share of purchases among engagements."""
_CLICK = 0.3


def mean_outcome(context: Context, candidate: Candidate) -> float:
    """Return what the action brings on average in this context."""
    by_relevance = {"desktop": 0.5, "mobile": 0.2, "tablet": 0.35}[context.device.value]
    by_prior = {"winter": 0.1, "spring": 0.3, "summer": 0.5, "autumn": 0.2}[context.season.value]
    settled = min(context.interaction_count, 6) / 6
    liked = settled * by_relevance * candidate.relevance
    engaged = liked + (1 - settled) * by_prior * candidate.prior**2
    return engaged * (_BOUGHT + (1 - _BOUGHT) * _CLICK)


def rounds(count: int, seed: int, actions: int = ACTIONS) -> Iterator[LearningRound]:
    """Yield rounds whose action was drawn evenly: any policy can be learned from them."""
    generator = Random(seed)
    for _ in range(count):
        context, candidates = a_question(generator, actions)
        chosen = generator.randrange(actions)
        outcome = _outcome(mean_outcome(context, candidates[chosen]), generator)
        yield LearningRound(context, candidates, chosen, 1 / actions, outcome)


def a_question(generator: Random, actions: int) -> tuple[Context, tuple[Candidate, ...]]:
    leaning = CategoryAffinity(CategoryId(generator.choice(LEANINGS)), 1.0)
    context = Context(
        season=generator.choice(list(Season)),
        daypart=generator.choice(list(Daypart)),
        device=generator.choice([Device.DESKTOP, Device.MOBILE, Device.TABLET]),
        region=None,
        affinities=(leaning,),
        interaction_count=generator.randrange(10),
    )
    candidates = tuple(
        Candidate(ProductId(f"p{number}"), CategoryId("c"), generator.random(), generator.random())
        for number in range(actions)
    )
    return context, candidates


def _outcome(mean: float, generator: Random) -> float:
    engaged = mean / (_BOUGHT + (1 - _BOUGHT) * _CLICK)
    if generator.random() >= engaged:
        return 0.0
    return 1.0 if generator.random() < _BOUGHT else _CLICK
