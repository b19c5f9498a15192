"""A small made-up clothing shop, for when no real data is to be had.

What it plants can be found again: shoppers stay in a category and move along fixed companions
of a product, some products sell together, regions and seasons have tastes, three products
trend and some are new.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.random import Generator

from importers.generated.catalogue import (
    CATEGORIES,
    REGIONS,
    PlantedProduct,
    planted_products,
    taste,
)
from importers.holdout import Survey, boundary
from importers.identity import event_id, session_id
from importers.options import Holdout, ImportOptions
from importers.progress import Progress
from importers.rejection import RejectedRows
from importers.sink import ImportSink
from personalization.domain.context import season_of
from personalization.domain.event import Device, Event, EventType
from personalization.domain.identifiers import CategoryId, ProductId, Region, SessionId
from personalization.domain.product import Category

NAME = "generated"
DAYS = 60
SESSIONS_A_DAY = 25
FOLLOWS_COMPANION = 0.5
"""Chance that the next view is a companion of the last one."""
STAYS_IN_CATEGORY = 0.8
"""Chance that any other next view is in the visit's own category."""
CARTS = 0.12
BUYS = 0.6
TAKES_PARTNER = 0.6
"""Chance that a product in the cart brings the one it is sold with."""
MEAN_VIEWS = 7
TRENDING_DAYS = 10
TRENDING_BOOST = 6.0
_DEVICES = (Device.MOBILE, Device.DESKTOP, Device.TABLET)
_DEVICE_SHARES = (0.6, 0.32, 0.08)


@dataclass(slots=True)
class _Visit:
    """A session while it is being made up."""

    session_id: SessionId
    region: Region
    device: Device
    moment: datetime
    count: int = 0

    def event(
        self, kind: EventType, products: Sequence[ProductId], category: CategoryId | None
    ) -> Event:
        made = Event(
            event_id=event_id(NAME, self.session_id, self.count),
            session_id=self.session_id,
            type=kind,
            occurred_at=self.moment,
            received_at=self.moment,
            product_ids=tuple(products),
            category_id=category,
            region=self.region,
            device=self.device,
        )
        self.count += 1
        self.moment += timedelta(seconds=20 + self.count % 7 * 5)
        return made


class GeneratedPlan:
    """An import of a shop made up from a seed; it ends yesterday."""

    name = NAME
    title = "Generated clothing shop (made up, no real data)"
    generated = True
    is_feed = False
    keeps_known = False

    def __init__(self, options: ImportOptions, why: str) -> None:
        self._last_day = options.clock.now().date() - timedelta(days=1)
        self._random = np.random.default_rng(options.seed)
        self._identity = (options.seed, self._last_day.isoformat())
        self._why = why
        self.notes: list[str] = []
        self.source = f"seed {options.seed}, {DAYS} days to {self._last_day.isoformat()}"
        self._products = planted_products(self._random, self._days()[0], self._last_day)

    def prepare(self, progress: Progress) -> None:
        """Do nothing: what is made up needs no look."""

    def descriptions(self) -> dict[str, str]:
        """Return nothing: no file is read."""
        return {}

    def boundary(self, holdout: Holdout | None, _progress: Progress) -> datetime | None:
        """Return where the sessions to hold out begin."""
        survey = Survey()
        for day in self._days():
            survey.see(datetime.combine(day, time.min, UTC))
        return boundary(survey, holdout or Holdout())

    def fill(self, sink: ImportSink, _rejected: RejectedRows, progress: Progress) -> int:
        """Put products and visits into the sink and return the number of events."""
        progress.stage("Generating a shop")
        for name in CATEGORIES:
            sink.category(Category(category_id=CategoryId(name), name=name.capitalize()))
        for planted in self._products:
            sink.product(planted.product)
        count = 0
        for place, day in enumerate(self._days(), 1):
            for number in range(SESSIONS_A_DAY):
                for event in self._visit(day, number):
                    sink.event(event)
                    count += 1
            progress.advance(count, place / DAYS)
        sink.notes.append(f"this shop is generated, because {self._why}")
        sink.absent["pictures"] = "a generated shop has no pictures of its products"
        return count

    def _days(self) -> list[date]:
        return [self._last_day - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]

    def _visit(self, day: date, number: int) -> Iterator[Event]:
        random = self._random
        region = Region(str(random.choice(list(REGIONS), p=list(REGIONS.values()))))
        start = timedelta(seconds=int(random.integers(6 * 3600, 22 * 3600)))
        visit = _Visit(
            session_id=session_id(NAME, *self._identity, day.isoformat(), number),
            region=region,
            device=_DEVICES[random.choice(len(_DEVICES), p=_DEVICE_SHARES)],
            moment=datetime.combine(day, time.min, UTC) + start,
        )
        liking = taste(region, season_of(day, region))
        own = int(random.choice(len(CATEGORIES), p=liking))
        yield visit.event(EventType.CATEGORY_VIEW, (), CategoryId(CATEGORIES[own]))
        cart: list[int] = []
        at: int | None = None
        for _ in range(1 + random.poisson(MEAN_VIEWS - 1)):
            at = self._next(at, own, day)
            product = self._products[at].product
            yield visit.event(EventType.PRODUCT_VIEW, (product.product_id,), product.category_id)
            if at not in cart and random.random() < CARTS:
                yield from self._into_cart(visit, at, cart)
        if cart and random.random() < BUYS:
            bought = [self._products[index].product.product_id for index in cart]
            yield visit.event(EventType.CHECKOUT, bought, None)

    def _into_cart(self, visit: _Visit, at: int, cart: list[int]) -> Iterator[Event]:
        chosen = [at]
        partner = self._products[at].partner
        if partner not in cart and self._random.random() < TAKES_PARTNER:
            chosen.append(partner)
        for index in chosen:
            product = self._products[index].product
            cart.append(index)
            yield visit.event(EventType.ADD_TO_CART, (product.product_id,), product.category_id)

    def _next(self, at: int | None, own: int, day: date) -> int:
        random = self._random
        if at is not None and random.random() < FOLLOWS_COMPANION:
            companion = int(random.choice(self._products[at].companions))
            if _on_sale(self._products[companion], day):
                return companion
        staying = random.random() < STAYS_IN_CATEGORY
        weights = np.array(
            [
                self._pull(planted, day) if not staying or planted.category == own else 0.0
                for planted in self._products
            ]
        )
        return _draw(random, weights)

    def _pull(self, planted: PlantedProduct, day: date) -> float:
        if not _on_sale(planted, day):
            return 0.0
        trends = planted.trending and self._last_day - day < timedelta(days=TRENDING_DAYS)
        return planted.popularity * (TRENDING_BOOST if trends else 1.0)


def _on_sale(planted: PlantedProduct, day: date) -> bool:
    listed = planted.product.listed_on
    return listed is None or listed <= day


def _draw(random: Generator, weights: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    return int(random.choice(len(weights), p=weights / weights.sum()))
