"""Simulated shops whose true click chances are known, to tell whether learning pays.

A shopper of a latent type z sees product a in slot k of a page, c pages of the session having
shown it before:

    P(click) = rate appeal(a) lift(z, a) examined(k) fatigue^c,    at most 0.5

Appeals and lifts are lognormal, as spread as real sessions have them (`calibration.py`); they know
no score and no feature of the ranking. What a shopper views meanwhile is drawn from the type's
views alone, whatever was shown: so policies of one seed meet the same shoppers and the same luck.
The ranking counts sessions of its own, of days before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from evaluation.simulation.calibration import CALIBRATED, Calibration, Floats, Numbers

LARGEST_CHANCE = 0.5


class ShopKind(StrEnum):
    RIGHT = "right"
    """The ranking is right already: what was viewed more is clicked more, by everybody."""
    APPEAL = "appeal"
    """A new collection: what is clicked has appeals that no past view told."""
    STALE = "stale"
    """What was viewed is clicked, but popularity is months old."""
    DRIFT = "drift"
    """As a new collection whose appeals turn round among the products halfway."""
    NO_SIGNAL = "no signal"
    """Every product is clicked alike."""


RATES: Mapping[ShopKind, float] = {
    ShopKind.RIGHT: 0.02,
    ShopKind.APPEAL: 0.08,
    ShopKind.STALE: 0.15,
    ShopKind.DRIFT: 0.08,
    ShopKind.NO_SIGNAL: 0.013,
}
"""Of a fresh product in the first slot, a product being taken as often as it is viewed; lower slots
and fatigue halve it. Slates of the ranking have click rates of 0.5 to 4 %."""


@dataclass(frozen=True, slots=True)
class Shop:
    kind: ShopKind
    weights: Floats
    """Share of each type among sessions."""
    views: Floats
    """Share of each product among a type's views: (types, products)."""
    chances: Floats
    """Of a click in the first slot, fresh: (halves of the time, types, products)."""
    past: "CountedViews"

    @property
    def has_evidence(self) -> bool:
        """Shoppers of the shop that is ranked right come to its front page, and leave."""
        return self.kind is not ShopKind.RIGHT


@dataclass(frozen=True, slots=True)
class CountedViews:
    """What the ranking has counted."""

    views: Numbers
    """Of each product."""
    following: Numbers
    """How often the column's product was viewed after the row's."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Pages, an entry each, in the order of time."""

    session: Numbers
    type: Numbers
    viewed: Numbers
    """The product that the shopper views."""
    luck: Floats
    """Decides whether a product would be clicked, whatever else is shown: (pages, products)."""


def make_shop(kind: ShopKind, seed: int, calibration: Calibration = CALIBRATED) -> Shop:
    """Make a shop of a kind; another seed is another shop."""
    if kind in {ShopKind.RIGHT, ShopKind.NO_SIGNAL}:
        calibration = replace(calibration, types=1)
    generator = np.random.default_rng([seed, list(ShopKind).index(kind)])
    products, types = calibration.products, calibration.types
    popularity = calibration.popularity_spread * generator.standard_normal(products)
    lifts = calibration.type_spread * generator.standard_normal((types, products)) * (types > 1)
    weights = generator.dirichlet(np.full(types, 20.0))
    views = _shares(popularity + lifts)
    past = _past_views(generator, weights, views, calibration)
    appeals = np.stack(_appeals(kind, generator, popularity, past, calibration))
    chances = np.exp(appeals[:, np.newaxis, :] + lifts)
    means = np.einsum("z,za,hza->h", weights, views, chances)[:, np.newaxis, np.newaxis]
    return Shop(kind, weights, views, np.minimum(RATES[kind] * chances / means, 1.0), past)


def make_visits(shop: Shop, pages: int, seed: int, calibration: Calibration = CALIBRATED) -> Visits:
    generator = np.random.default_rng([seed, 7])
    session, kinds = _sessions(generator, shop.weights, pages, calibration)
    viewed = _views(generator, shop.views, kinds)
    return Visits(session, kinds, viewed, generator.random((pages, shop.views.shape[1])))


def _appeals(
    kind: ShopKind,
    generator: np.random.Generator,
    popularity: Floats,
    past: CountedViews,
    calibration: Calibration,
) -> tuple[Floats, Floats]:
    """Return ln(appeal) of each product in both halves of the time."""
    noise = generator.standard_normal(len(popularity))
    match kind:
        case ShopKind.RIGHT:
            appeals = np.log(past.views + 1.0)
        case ShopKind.APPEAL | ShopKind.DRIFT:
            appeals = calibration.popularity_spread * noise
        case ShopKind.STALE:
            appeals = popularity + calibration.season_spread * noise
        case ShopKind.NO_SIGNAL:
            appeals = np.zeros(len(popularity))
    turned = kind is ShopKind.DRIFT
    return appeals, generator.permutation(appeals) if turned else appeals


def _past_views(
    generator: np.random.Generator, weights: Floats, views: Floats, calibration: Calibration
) -> CountedViews:
    session, kinds = _sessions(generator, weights, PAST_PAGES, calibration)
    viewed = _views(generator, views, kinds)
    products = views.shape[1]
    following = np.zeros((products, products), np.int64)
    same = session[1:] == session[:-1]
    np.add.at(following, (viewed[:-1][same], viewed[1:][same]), 1)
    return CountedViews(np.bincount(viewed, minlength=products).astype(np.int64), following)


PAST_PAGES = 20_000
"""Some weeks of a shop with a hundred visits a day."""


def _sessions(
    generator: np.random.Generator, weights: Floats, pages: int, calibration: Calibration
) -> tuple[Numbers, Numbers]:
    """Return the session and the type of each page; lengths are lognormal."""
    spread = np.sqrt(2 * np.log(calibration.mean_views / calibration.median_views))
    drawn = generator.lognormal(np.log(calibration.median_views), spread, pages)
    lengths = np.maximum(1, np.rint(drawn)).astype(np.int64)
    session = np.repeat(np.arange(pages), lengths)[:pages]
    kinds = generator.choice(len(weights), size=pages, p=weights)
    return session, kinds[session].astype(np.int64)


def _views(generator: np.random.Generator, views: Floats, kinds: Numbers) -> Numbers:
    sums = views.cumsum(1)
    sums[:, -1] = 1.0
    chance = generator.random(len(kinds))
    return np.array(
        [np.searchsorted(sums[kind], drawn) for kind, drawn in zip(kinds, chance, strict=True)]
    )


def _shares(logs: Floats) -> Floats:
    shares = np.exp(logs)
    divided: Floats = shares / shares.sum(1, keepdims=True)
    return divided
