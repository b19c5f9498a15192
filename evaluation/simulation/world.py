"""A seeded world whose truth is known: what every action would pay, and to whom.

Shoppers arrive with a device and a season; each sees a few products. On a phone the product pays
that suits what was just viewed, elsewhere the one that sells well, and nothing else matters. So
the blend's fixed order is wrong for somebody whatever its weights, popularity is right for some,
and the policies' features can tell whom. A drifting world turns the two round halfway.

In a world of appeal each of a hundred products also has an appeal of its own, which no feature
tells: half of what it pays. Only who counts what each product earned can find that half.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

import numpy as np

from personalization.domain.context import Context, Daypart, Season
from personalization.domain.decision import ActionSource, Evidence
from personalization.domain.event import Device, EventType
from personalization.domain.identifiers import CategoryId, EventId, ProductId
from personalization.domain.tuning import DEFAULT_TUNING
from personalization.ranking.blend import Blend, Drafts, WeighedEvidence
from personalization.ranking.ranker import Considered

ACTIONS = 10
PRODUCTS_OF_APPEAL = 100
"""So that a product is in every tenth round."""
LEAST_PAY, PAY_RANGE = 0.05, 0.6
"""An action pays with a probability of 0.05 to 0.65."""
_CATEGORY = CategoryId("dresses")
_VIEWED = Evidence(
    event_id=EventId("viewed"),
    type=EventType.PRODUCT_VIEW,
    subject="viewed",
    label="What was just viewed",
    reward=1.0,
    age=0,
)
_WEIGHTS = {"popularity": 0.5, "rating": 0.5}


class Pull(NamedTuple):
    """What a product has going for it, 0..1 each."""

    relevance: float
    popularity: float
    rating: float


@dataclass(frozen=True, slots=True)
class WorldRound:
    """One shopper: what may be shown, what is known of it, and what each would pay."""

    context: Context
    subjects: Considered
    blend: Blend
    pay: dict[ProductId, float]
    """The true probability of a reward."""
    chance: float
    """Decides the reward, whatever is shown: policies of one seed meet the same luck."""

    @property
    def best(self) -> float:
        """The oracle's probability of a reward."""
        return max(self.pay.values())

    def reward(self, product_id: ProductId) -> float:
        return float(self.chance < self.pay[product_id])


def world_rounds(
    rounds: int, seed: int, *, drifting: bool = False, appealing: bool = False
) -> Iterator[WorldRound]:
    """Yield the rounds of one world; the same seed gives the same."""
    generator = Random(seed)
    appeals = [generator.random() for _ in range(PRODUCTS_OF_APPEAL)] if appealing else []
    for number in range(rounds):
        yield _round(generator, appeals, turned=drifting and number >= rounds // 2)


def _round(generator: Random, appeals: Sequence[float], *, turned: bool) -> WorldRound:
    context = Context(
        season=generator.choice(list(Season)),
        daypart=generator.choice(list(Daypart)),
        device=generator.choice([Device.MOBILE, Device.DESKTOP]),
        region=None,
        affinities=(),
        interaction_count=1,
    )
    draw = generator.random
    pulls = [Pull(draw(), draw(), draw()) for _ in range(ACTIONS)]
    suits = (context.device is Device.MOBILE) != turned
    pays = [pull.relevance if suits else (pull.popularity + pull.rating) / 2 for pull in pulls]
    numbers = list(range(ACTIONS))
    if appeals:
        numbers = generator.sample(range(len(appeals)), ACTIONS)
        pays = [(pay + appeals[number]) / 2 for pay, number in zip(pays, numbers, strict=True)]
    ids = [ProductId(f"p{number}") for number in numbers]
    subjects = Considered(ids, [_CATEGORY] * ACTIONS, [(ActionSource.POPULAR,)] * ACTIONS)
    true_pay = {
        product: LEAST_PAY + PAY_RANGE * pay for product, pay in zip(ids, pays, strict=True)
    }
    return WorldRound(context, subjects, _blend(pulls), true_pay, draw())


def _blend(pulls: Sequence[Pull]) -> Blend:
    drafts = Drafts(
        relevances=np.array([[pull.relevance for pull in pulls]]),
        strengths=np.array([[pull.popularity for pull in pulls], [pull.rating for pull in pulls]]),
    )
    return Blend.of(WeighedEvidence.of((_VIEWED,), DEFAULT_TUNING), _WEIGHTS, drafts)
