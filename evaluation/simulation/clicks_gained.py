"""Whether learning pays in a simulated shop: a policy beside its twin that learns nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.stats import t as student

from evaluation.simulation.online_models import OnlineModels
from evaluation.simulation.oracle import Knows, make_oracle
from evaluation.simulation.shop_run import SLOTS, ShopPages, ShopRun
from evaluation.simulation.shops import ShopKind, make_shop, make_visits
from personalization.policies.spec import PolicySpec

LOOKS = (5_000, 10_000, 25_000, 50_000, 100_000)
"""Impressions after which clicks are compared."""
OpenModels = Callable[[PolicySpec], OnlineModels]


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    policy: str
    learning: bool = True
    knows: Knows | None = None
    """An oracle explores as the policy does, and has its own order."""


TWIN = "no learning"


class CountsClicks(Protocol):
    def up_to(self, impressions: int) -> float:
        """Return the expected clicks of the first so many impressions."""


@dataclass(frozen=True, slots=True)
class Gain:
    mean: float
    """Expected clicks in parts of the twin's, less 1."""
    half_width: float
    """Of the mean's 95 % interval over the shops, by Student's t; without end for one shop."""
    worst: float
    """The least of a single shop."""


def shop_runs(
    kind: ShopKind,
    seed: int,
    impressions: int,
    contenders: Sequence[Contender],
    open_models: OpenModels,
) -> Mapping[str, ShopRun]:
    """Let each contender serve the same shop, shoppers and luck."""
    shop = make_shop(kind, seed)
    visits = make_visits(shop, impressions // SLOTS, seed)
    runs = {}
    for contender in contenders:
        spec = PolicySpec.parse(contender.policy)
        pages = ShopPages(shop, spec, open_models(spec))
        oracle = make_oracle(contender.knows, shop) if contender.knows else None
        runs[contender.name] = pages.run(visits, seed, learning=contender.learning, oracle=oracle)
    return runs


def gain(shops: Sequence[Mapping[str, CountsClicks]], name: str, impressions: int) -> Gain:
    """Return what a contender gained over the twin up to a look, over all shops of a kind."""
    gains = [shop[name].up_to(impressions) / shop[TWIN].up_to(impressions) - 1 for shop in shops]
    if len(gains) == 1:
        return Gain(gains[0], float("inf"), gains[0])
    error = float(np.std(gains, ddof=1)) / len(gains) ** 0.5
    half_width = float(student.ppf(0.975, len(gains) - 1)) * error
    return Gain(float(np.mean(gains)), half_width, min(gains))
