"""What simulated shops have from real sessions, and how it was fitted.

`python -m benchmarks.learning_pays --calibrate FOLDER` fits it once more. Nothing of it knows our
scores: shoppers are a mixture of multinomials, fitted by expectation maximisation (McLachlan and
Peel, Finite mixture models, 2000) on the views of even days, their number chosen on odd days.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    products: int
    popularity_spread: float
    """Deviation of ln(share of all views) between products."""
    season_spread: float
    """Deviation of ln(share in the last days / share in the first months), without the noise of
    counting: what popularity of the past does not know."""
    types: int
    """Latent types of shoppers."""
    type_spread: float
    """Deviation of ln(share among a type / share among all), weighted by both."""
    median_views: float
    mean_views: float
    """Of a session."""
    purchase_share: float
    """Orders for each product view."""


CALIBRATED = Calibration(
    products=54,
    popularity_spread=1.11,
    season_spread=0.51,
    types=8,
    type_spread=1.24,
    median_views=4,
    mean_views=6.9,
    purchase_share=0.0125,
)
"""UCI e-shop clothing 2008 (217 models in 4 categories, so 54 in one; 24,026 sessions; April to
June against August), and the last from the first 17,000 rows of REES46's October 2019. More than
8 types gain less than 0.04 nats a view on odd days."""

POSITION_BIAS = [float(1 / np.log2(place + 2)) for place in range(12)]
"""Chance that a slot is looked at, by its place. Assumed (Jarvelin and Kekalainen 2002): the three
slots of the Open Bandit Dataset, side by side, have the same click rates within their error."""
FATIGUE, MOST_FATIGUE = 0.8, 3
"""Assumed: for each time that the session has seen a product, up to three, its chance times 0.8."""


def share_spread(views: Numbers) -> float:
    """Return the deviation of ln(share) of products from the views of each."""
    return float(np.std(np.log(views / views.sum())))


def shift_spread(before: Numbers, after: Numbers) -> float:
    """Return the deviation of ln(share after / share before) that counting does not explain."""
    first, last = before + 0.5, after + 0.5
    shifts = np.log(last / last.sum()) - np.log(first / first.sum())
    noise = float(np.mean(1 / first + 1 / last))
    return float(np.sqrt(max(0.0, float(np.var(shifts)) - noise)))


@dataclass(frozen=True, slots=True)
class Mixture:
    weights: Floats
    """Share of each type among sessions."""
    shares: Floats
    """Of each product among a type's views: (types, products)."""

    @classmethod
    def of(cls, views: Floats, types: int, seed: int = 1, sweeps: int = 40) -> "Mixture":
        """Fit it to views by session: (sessions, products)."""
        products = views.shape[1]
        whole = views.sum(0) / views.sum()
        generator = np.random.default_rng(seed)
        shares = (generator.dirichlet(np.full(products, 5.0), types) + whole) / 2
        weights = np.full(types, 1 / types)
        for _ in range(sweeps):
            logs = views @ np.log(shares).T + np.log(weights)
            chances = np.exp(logs - logs.max(1, keepdims=True))
            chances /= chances.sum(1, keepdims=True)
            weights = chances.mean(0)
            # Twenty views of the whole shop's stand before those of a type.
            shares = chances.T @ views + 20 * whole
            shares /= shares.sum(1, keepdims=True)
        return cls(weights, shares)

    def likelihood(self, views: Floats) -> float:
        """Return the mean log-likelihood of a view."""
        logs = views @ np.log(self.shares).T + np.log(self.weights)
        best = logs.max(1)
        sessions = best + np.log(np.exp(logs - best[:, np.newaxis]).sum(1))
        return float(sessions.sum() / views.sum())

    def lift_spread(self) -> float:
        whole = self.weights @ self.shares
        lifts = np.log(self.shares / whole)
        weights = self.weights[:, np.newaxis] * whole
        mean = float((weights * lifts).sum())
        return float(np.sqrt((weights * lifts**2).sum() - mean**2))


def likeliest(fitted: Floats, held_out: Floats, numbers: Sequence[int]) -> dict[int, Mixture]:
    """Return the mixtures of several numbers of types, the one that foresees best first."""
    mixtures = {types: Mixture.of(fitted, types) for types in numbers}
    order = sorted(numbers, key=lambda types: -mixtures[types].likelihood(held_out))
    return {types: mixtures[types] for types in order}
