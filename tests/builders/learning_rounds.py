"""Rounds of a seeded world: relevance pays in some seasons, the prior in the others."""

from dataclasses import replace
from random import Random

from personalization.domain.context import Context, Season
from personalization.domain.event import Device
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ports.policy import Candidate, LearningRound
from tests.builders.decision import a_decision

_RELEVANCE_PAYS = {Season.WINTER, Season.SPRING}


def some_candidates(count: int, generator: Random) -> tuple[Candidate, ...]:
    """Return candidates with random numbers."""
    return tuple(
        Candidate(ProductId(f"p{number}"), CategoryId("c"), generator.random(), generator.random())
        for number in range(count)
    )


def learning_rounds(count: int, seed: int = 1, actions: int = 8) -> list[LearningRound]:
    """Return uniformly drawn rounds with outcomes in -1..1."""
    generator = Random(seed)
    made = []
    for _ in range(count):
        context = _context(generator)
        candidates = some_candidates(actions, generator)
        chosen = generator.randrange(actions)
        shown = candidates[chosen]
        pays = shown.relevance if context.season in _RELEVANCE_PAYS else shown.prior
        outcome = float(generator.random() < pays) - 0.5 * float(generator.random() < 0.1)
        made.append(LearningRound(context, candidates, chosen, 1 / actions, outcome))
    return made


def _context(generator: Random) -> Context:
    return replace(
        a_decision().context,
        season=generator.choice(list(Season)),
        device=generator.choice(list(Device)),
        interaction_count=generator.randrange(9),
    )
