"""What shoppers of a large made-up shop do on a day, as a shop's own events are written.

A visit begins at a popular product and goes on to neighbours of the one before, at times to
another of its category or to what is popular anywhere.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator

from importers.generated.event_columns import EVENT_COLUMNS
from importers.generated.large.fixed_texts import asins, random_uuids
from importers.generated.large.large_shop import Amounts, LargeShop, Shelf, Whole

SCHEMA = pa.schema(
    [
        *EVENT_COLUMNS,
        ("quantity", pa.int32()),
        ("price", pa.float64()),
        ("order_id", pa.string()),
    ]
)
KINDS = ("product_view", "category_view", "add_to_cart", "remove_from_cart", "purchase")
VIEW, LIST, CART, REMOVAL, ORDER = range(len(KINDS))
MEAN_VIEWS, MOST_VIEWS = 4.5, 60
STAYS_NEAR, STAYS_IN_CATEGORY = 0.72, 0.16
"""Chances of the next view; what is left is popular anywhere."""
NEARNESS = 0.15
"""Of the geometric distance to the next neighbour: about 7 numbers."""
BEGINS_WITH_LIST = 0.15
CARTS, REMOVES, BUYS = 0.07, 0.08, 0.38
"""Of the views, of the carts, and of the visits that have something in the cart."""
NAMED, EVENINGS = 0.4, 0.55
"""Of the visits are of a known user, and begin in the evening."""
TWO_PIECES = 0.1
"""Of the lines of orders; the others are of a single piece."""
_COUNTRIES = ("us",) * 45 + ("gb",) * 17 + ("de",) * 15 + ("fr",) * 9 + ("pl",) * 8 + ("au",) * 6
_DAY_MS = 86_400_000
_SCATTER = 2_654_435_761


@dataclass(frozen=True, slots=True)
class _Rows:
    """Lines of the log before they are written, column by column."""

    visit: Whole
    moment: Whole
    """Milliseconds of the day."""
    kind: Whole
    product: Whole

    def take(self, places: Any) -> "_Rows":  # noqa: ANN401 - whatever numpy takes as places
        return _Rows(
            self.visit[places], self.moment[places], self.kind[places], self.product[places]
        )


@dataclass(frozen=True, slots=True)
class DayPart:
    """So many events of a day that are made at a time."""

    day: date
    number: int
    events: int


def visits(shop: LargeShop, shelf: Shelf, part: DayPart) -> pa.RecordBatch:
    """Return the events of one part of a day, by their time."""
    random, count = shop.random(2, part.day.toordinal(), part.number), part.events
    # A visit is of one event at least, and of more than four in the mean.
    number = min(count, count // 4 + 1_000)
    lengths = np.minimum(random.geometric(1 / MEAN_VIEWS, number), MOST_VIEWS)
    views = _views(random, shop, shelf, lengths)
    rows = _with_acts(random, views, lengths)
    rows = rows.take(np.lexsort((rows.moment, rows.visit)))
    rows = _first_events(rows, count)
    rows = rows.take(np.argsort(rows.moment, kind="stable"))
    return _batch(random, shop, shelf, part, rows)


def _views(random: Generator, shop: LargeShop, shelf: Shelf, lengths: Whole) -> _Rows:
    starts = np.cumsum(lengths) - lengths
    visit = np.repeat(np.arange(len(lengths)), lengths)
    product = np.empty(len(visit), dtype=np.int64)
    current = shelf.popular(random, len(lengths))
    going = np.arange(len(lengths))
    for step in range(int(lengths.max())):
        if step:
            going = going[lengths[going] > step]
            current[going] = _next(random, shelf, current[going])
        product[starts[going] + step] = current[going]
    if shop.hot_share:
        product[random.random(len(product)) < shop.hot_share] = shelf.by_rank[0]
    gaps = 20_000 + random.exponential(40_000.0, len(visit)).astype(np.int64)
    passed = np.cumsum(gaps)
    passed -= np.repeat(passed[starts], lengths)
    room = _DAY_MS - 180_000 - passed[starts + lengths - 1]
    begin = (_hours(random, len(lengths)) * room).astype(np.int64) + 60_000
    return _Rows(visit, np.repeat(begin, lengths) + passed, np.full(len(visit), VIEW), product)


def _hours(random: Generator, count: int) -> Amounts:
    """Return when visits begin, as parts of a day: few at night, most in the evening."""
    evening = random.random(count) < EVENINGS
    hour = np.where(evening, random.normal(0.83, 0.07, count), random.normal(0.5, 0.13, count))
    outside = (hour < 0) | (hour >= 1)
    return np.where(outside, random.random(count), hour)


def _next(random: Generator, shelf: Shelf, product: Whole) -> Whole:
    count = len(product)
    category = shelf.category[product]
    first, behind = shelf.category_start[category], shelf.category_start[category + 1]
    distance = random.geometric(NEARNESS, count) * random.choice((-1, 1), count)
    near = np.clip(product + distance, first, behind - 1)
    within = first + ((behind - first) * random.random(count) ** 2).astype(np.int64)
    way = random.random(count)
    chosen = np.where(way < STAYS_NEAR, near, within)
    return np.where(way < STAYS_NEAR + STAYS_IN_CATEGORY, chosen, shelf.popular(random, count))


def _with_acts(random: Generator, views: _Rows, lengths: Whole) -> _Rows:
    """Return the views with the lists before them, and with carts, removals and orders."""
    ends = np.cumsum(lengths)
    listed = np.flatnonzero(random.random(len(lengths)) < BEGINS_WITH_LIST)
    first = views.take((ends - lengths)[listed])
    lists = _acts(first, LIST, first.moment - 15_000)
    in_cart = views.take(np.flatnonzero(random.random(len(views.visit)) < CARTS))
    key = in_cart.visit * (int(views.product.max()) + 1) + in_cart.product
    in_cart = in_cart.take(np.sort(np.unique(key, return_index=True)[1]))
    pause = random.integers(3_000, 12_000, len(in_cart.visit))
    carts = _acts(in_cart, CART, in_cart.moment + pause)
    is_removed = random.random(len(in_cart.visit)) < REMOVES
    removals = _acts(carts.take(is_removed), REMOVAL, carts.moment[is_removed] + 5_000)
    bought = in_cart.take(~is_removed & (random.random(len(lengths)) < BUYS)[in_cart.visit])
    last = views.moment[ends - 1][bought.visit]
    orders = _acts(bought, ORDER, last + 60_000)
    parts = (views, lists, carts, removals, orders)
    return _Rows(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in _Rows.__slots__)
    )


def _acts(rows: _Rows, kind: int, moment: Whole) -> _Rows:
    return _Rows(rows.visit, moment, np.full(len(rows.visit), kind), rows.product)


def _first_events(rows: _Rows, count: int) -> _Rows:
    """Return the first so many events of rows that stand visit by visit; an order is one."""
    is_order = rows.kind == ORDER
    is_more = np.zeros(len(is_order), dtype=bool)
    is_more[1:] = is_order[1:] & is_order[:-1] & (rows.visit[1:] == rows.visit[:-1])
    return rows.take(np.cumsum(~is_more) <= count)


def _batch(
    random: Generator, shop: LargeShop, shelf: Shelf, part: DayPart, rows: _Rows
) -> pa.RecordBatch:
    number = int(rows.visit.max()) + 1
    user = (shop.users * random.random(number) ** 1.5).astype(np.int64)
    is_named = random.random(number) < NAMED
    chance = np.where(is_named, user * _SCATTER // 65_536 % 100, random.integers(0, 100, number))
    midnight = int(datetime.combine(part.day, time.min, UTC).timestamp()) * 1000
    is_bought, is_list = rows.kind == ORDER, rows.kind == LIST
    is_priced = is_bought | (rows.kind == CART)
    quantity = np.where(random.random(len(is_bought)) < TWO_PIECES, 2, 1)
    columns = [
        random_uuids(random, number).take(pa.array(rows.visit)),
        pa.array(midnight + rows.moment).cast(SCHEMA.field("timestamp").type),
        pa.array(KINDS).take(pa.array(rows.kind)),
        pc.if_else(pa.array(is_list), None, asins(rows.product)),
        pc.cast(pa.array(shelf.category[rows.product] + 1), pa.string()),
        _number_texts("u-", user[rows.visit], is_named[rows.visit]),
        pa.array(_COUNTRIES).take(pa.array(chance[rows.visit])),
        pa.array(quantity, mask=~is_bought, type=pa.int32()),
        pa.array(shelf.price[rows.product], mask=~is_priced),
        _number_texts(f"o-{part.day:%Y%m%d}-{part.number}-", rows.visit, is_bought),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _number_texts(before: str, numbers: Whole, is_there: Any) -> Any:  # noqa: ANN401 - arrays
    texts = pc.binary_join_element_wise(before, pc.cast(pa.array(numbers), pa.string()), "")
    return pc.if_else(pa.array(is_there), texts, None)
