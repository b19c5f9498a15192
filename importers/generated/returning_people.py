"""A made-up shop to which people come back for weeks, to measure what knowing them is worth.

In one of the two shops what people like lasts. In the other it is drawn anew for each visit, and
nothing of a visit says anything of the next: whoever knows somebody there knows no more than
others. Half of the people are never named. What a visit is like is the same in both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from importers.generated.people import CATEGORIES, Taste, TastedProducts, variant_of
from importers.holdout import Survey, boundary
from importers.identity import event_id, session_id
from importers.options import Holdout, ImportOptions
from importers.progress import Progress
from importers.rejection import RejectedRows
from importers.sink import ImportSink
from personalization.domain.event import Device, Event, EventType
from personalization.domain.identifiers import CategoryId, ProductId, SessionId, UserId
from personalization.domain.product import Category

LASTING = "lasting-tastes"
PASSING = "passing-tastes"
"""Names of the formats."""
DAYS = 120
PEOPLE = 1_200
MEAN_VISITS = 8
MEAN_VIEWS = 4
CARTS = 0.2
BUYS = 0.5
SECONDS_A_STEP = 20


@dataclass(slots=True)
class _Person:
    user_id: UserId | None
    taste: Taste
    had: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _PersonVisit:
    session_id: SessionId
    start: datetime
    user_id: UserId | None

    def event(
        self, step: int, kind: EventType, chosen: Sequence[ProductId], named: Sequence[ProductId]
    ) -> Event:
        moment = self.start + timedelta(seconds=SECONDS_A_STEP * step)
        return Event(
            event_id=event_id(self.session_id, step),
            session_id=self.session_id,
            type=kind,
            occurred_at=moment,
            received_at=moment,
            product_ids=tuple(chosen),
            variant_ids=tuple(named),
            device=Device.DESKTOP,
            user_id=self.user_id,
        )


class ReturningPeoplePlan:
    """An import of one of the two shops, made from a seed; it ends yesterday."""

    generated = True
    is_feed = False
    keeps_known = False

    def __init__(self, options: ImportOptions, *, people: int = PEOPLE) -> None:
        self._lasts = options.format == LASTING
        self.name = LASTING if self._lasts else PASSING
        kind = "last" if self._lasts else "pass with each visit"
        self.title = f"Generated shop of people whose tastes {kind} (made up, no real data)"
        self.notes = [f"half of the people are never named; what they like: tastes that {kind}"]
        self._last_day = options.clock.now().date() - timedelta(days=1)
        self._people = people
        self._seed = options.seed
        self.source = f"seed {options.seed}, {DAYS} days to {self._last_day.isoformat()}"

    def prepare(self, progress: Progress) -> None:
        """Do nothing: what is made up needs no look."""

    def descriptions(self) -> dict[str, str]:
        """Return nothing: no file is read."""
        return {}

    def boundary(self, holdout: Holdout | None, _progress: Progress) -> datetime | None:
        """Return where the sessions to hold out begin."""
        survey = Survey()
        for back in range(DAYS):
            survey.see(_midnight(self._last_day - timedelta(days=back)))
        return boundary(survey, holdout or Holdout())

    def fill(self, sink: ImportSink, _rejected: RejectedRows, progress: Progress) -> int:
        """Put products and visits into the sink and return the number of events."""
        progress.stage("Generating a shop")
        random = np.random.default_rng(self._seed)
        shop = TastedProducts.make(random)
        for number in range(CATEGORIES):
            sink.category(Category(category_id=CategoryId(f"c{number}"), name=f"Kind {number}"))
        for product in shop.with_variants():
            sink.product(product)
        people = [
            _Person(UserId(f"user-{at}") if at % 2 == 0 else None, shop.taste(random))
            for at in range(self._people)
        ]
        # As long as the midnight after the last day is not reached.
        seconds = DAYS * 86_400 - 3_600
        first = _midnight(self._last_day - timedelta(days=DAYS - 1))
        starts = sorted(
            (first + timedelta(seconds=int(after)), at)
            for at in range(len(people))
            for after in random.integers(0, seconds, 1 + random.poisson(MEAN_VISITS - 1))
        )
        count = 0
        for number, (start, at) in enumerate(starts, 1):
            for event in self._visit(random, shop, people[at], start, number):
                sink.event(event)
                count += 1
            progress.advance(count, number / len(starts))
        sink.absent["pictures"] = "a generated shop has no pictures of its products"
        return count

    def _visit(
        self,
        random: np.random.Generator,
        shop: TastedProducts,
        person: _Person,
        start: datetime,
        number: int,
    ) -> Iterator[Event]:
        if not self._lasts:
            person.taste, person.had = shop.taste(random), []
        identity = session_id(self.name, self._seed, self._last_day.isoformat(), number)
        visit = _PersonVisit(identity, start, person.user_id)
        step, cart = 0, dict[ProductId, ProductId]()
        for _ in range(1 + random.poisson(MEAN_VIEWS - 1)):
            at = person.taste.draw(random, person.had)
            person.had.append(at)
            product = shop.products[at]
            yield visit.event(step, EventType.PRODUCT_VIEW, [product.product_id], [])
            step += 1
            if product.product_id not in cart and random.random() < CARTS:
                sizes = shop.sizes[at]
                size = person.taste.size if person.taste.size in sizes else sizes[0]
                cart[product.product_id] = variant_of(product, size)
                named = [cart[product.product_id]]
                yield visit.event(step, EventType.ADD_TO_CART, [product.product_id], named)
                step += 1
        if cart and random.random() < BUYS:
            yield visit.event(step, EventType.CHECKOUT, list(cart), list(cart.values()))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
