from dataclasses import dataclass
from random import Random

from personalization.domain.draw import EPSILON

_SEED = 7
_FEATURES = "-q cr -q cp --ignore_linear c --quiet --random_seed"
"""Context features are the same for every action: alone they cannot rank, so they only enter
crossed with an action's own. Product ids as features made the model worse than none on real
sessions: docs/adr/0003."""
_MTR = "--cb_type mtr --clip_p 0.1"
"""Exploration weights above 10 (1 / clip_p) made the model worse than none too."""


@dataclass(frozen=True, slots=True)
class ModelPart:
    name: str
    arguments: str


BASE = ModelPart(
    "model.vw", f"--cb_explore_adf --epsilon {EPSILON} {_MTR} {_FEATURES} {_SEED} -b 18"
)
_MEMBERS = 10
_SEEDS = Random(_SEED)
BAG = tuple(
    ModelPart(
        f"bag-{member}.vw",
        f"--cb_explore_adf --bag 1 {_MTR} {_FEATURES} {_SEEDS.getrandbits(48)} -b 16",
    )
    for member in range(_MEMBERS)
)
"""Ten members, each a model of its own that sees a round as often as a Poisson number of mean 1
says. One model of `--bag 10` cannot be saved whole: the running sums that scale its steps are kept
for the first member only, so that the others learn on differently after every restart. The
generator's state is saved, as the seed."""
REGCB = ModelPart(
    "regcb.vw",
    "--cb_explore_adf --regcb --mellowness 0.001 --cb_min_cost -1 --cb_max_cost 1 --cb_type mtr "
    f"{_FEATURES} {_SEED} -b 18",
)
"""Its probabilities need confidence widths that only Vowpal Wabbit itself computes. It learns
without importance weights, and an outcome in -1..1 is a cost in -1..1."""
