"""Tastes and popularity counted in memory, for trials of many nights.

As by the nightly jobs (`spark_jobs/transforms/tastes.py`, `popularity.py`), but each product counts
once a day, person and type, and no region, season or rating does.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log, sqrt
from typing import NamedTuple

from benchmarks.counted_priors import counted_priors
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId, ProductId, UserId
from personalization.domain.prior import (
    PriorKey,
    PriorName,
    PriorTable,
    RankedList,
    RankedMember,
)
from personalization.domain.product import Product
from personalization.domain.reward import reward
from personalization.domain.tastes import (
    MOST_OF_KIND,
    PRICE_MEAN,
    PRICE_SPREAD,
    PRODUCT_PRICE,
    TasteKind,
)
from personalization.ports.stores import KeptStores
from personalization.ranking.fitted_tastes import ReturningVisit, ShopBefore
from personalization.ranking.tastes import LEADERS, LEAST_SPREAD, Tastes

PERIOD_DAYS, ASKED_DAYS = 120, 24
"""As of a night."""
POPULAR, MOST_TARGETS = 60, 20
_PRODUCT = TasteKind.PRODUCT.prefix
_CATEGORY = TasteKind.CATEGORY.prefix


class CountedAct(NamedTuple):
    """One thing that somebody did with one product."""

    day: date
    shopper: str
    """A user, or a session of nobody."""
    product: ProductId
    type: EventType
    user: UserId | None
    session: str
    order: tuple[str, str]
    size: str | None
    reward: float


@dataclass(frozen=True, slots=True)
class CountedShop:
    products: Mapping[ProductId, Product]
    """Without variants."""
    traits: Mapping[str, Mapping[str, float]]
    """Price, brand and sizes of each product, by the names that the night has."""
    acts: Sequence[CountedAct]
    """By their days."""

    @classmethod
    def of(cls, kept: KeptStores) -> "CountedShop":
        stored = [product for page in kept.catalogue.all_products() for product in page]
        events = (
            event
            for day in kept.history.days()
            for some in kept.history.read_day(day)
            for event in some
        )
        products = {product.product_id: product for product in stored if product.group_id is None}
        variants = [product for product in stored if product.group_id is not None]
        sizes = {variant.product_id: variant.size for variant in variants}
        acts = {act[:4]: act for act in _acts(events, products, sizes)}
        ordered = sorted(acts.values(), key=lambda act: (act.day, act.order, act.product))
        return cls(products, _traits(stored), ordered)

    def tastes(self, until: date, halflife: float) -> dict[UserId, Tastes]:
        """Return what each known person likes by the period that ends on a day."""
        of_user: defaultdict[UserId, list[CountedAct]] = defaultdict(list)
        for act in self._period(until):
            if act.user is not None:
                of_user[act.user].append(act)
        return {user: self._tastes(acts, until, halflife) for user, acts in of_user.items()}

    def visits(
        self, tastes: Mapping[UserId, Tastes], after: date, until: date
    ) -> list[ReturningVisit]:
        """Return with what the known people's visits of some days began."""
        visits: defaultdict[tuple[UserId, str], list[CountedAct]] = defaultdict(list)
        for act in self.acts:
            if act.user is None or act.user not in tastes or act.reward <= 0:
                continue
            if after < act.day <= until:
                visits[act.user, act.session].append(act)
        found = []
        for (user, _), acts in sorted(visits.items()):
            first = min(act.order for act in acts)
            began = sorted({act.product for act in acts if act.order == first})
            found.append(ReturningVisit(tastes[user], began[:MOST_TARGETS]))
        return found

    def before(self, until: date) -> ShopBefore:
        """Return what the shop knew at the end of a day."""
        counts, within = Counter[ProductId](), Counter[CategoryId]()
        for act in self._period(until):
            counts[act.product] += act.reward  # type: ignore[assignment]
            within[self.products[act.product].category_id] += act.reward  # type: ignore[assignment]
        ordered = [product for product, count in counts.items() if count > 0]
        ordered.sort(key=lambda product: (-counts[product], product))
        categories = {product: self.products[product].category_id for product in ordered}
        leaders: defaultdict[str, list[str]] = defaultdict(list)
        for product in ordered:
            if len(leaders[categories[product]]) < LEADERS:
                leaders[categories[product]].append(product)
        rows = {
            str(product): {
                **self.traits[product],
                PriorName.POPULARITY.value: counts[product] / counts.total(),
                PriorName.POPULARITY_CATEGORY.value: counts[product] / within[category],
            }
            for product, category in categories.items()
        }
        popular = [str(product) for product in ordered[:POPULAR]]
        return ShopBefore(categories, rows, popular, leaders)

    def lists(self, until: date, halflife: float) -> Iterator[tuple[PriorKey, RankedList]]:
        """Yield the lists of a generation: popularity, affinities of views, traits and tastes."""
        views: defaultdict[str, list[str]] = defaultdict(list)
        for act in self._period(until):
            if act.type is EventType.PRODUCT_VIEW:
                views[act.session].append(act.product)
        categories = {str(name): str(of.category_id) for name, of in self.products.items()}
        for key, members in counted_priors(list(views.values()), categories):
            if key[0] is PriorTable.PRODUCT_PRIORS:
                traits = _members(self.traits[key[1]])
                yield key, (*members, *traits)
            else:
                yield key, members
        for user, tastes in self.tastes(until, halflife).items():
            yield (PriorTable.USER_TASTES, user), members_of(tastes)

    def _period(self, until: date) -> Iterator[CountedAct]:
        first = until - timedelta(days=PERIOD_DAYS)
        return (act for act in self.acts if first < act.day <= until)

    def _tastes(self, acts: Sequence[CountedAct], until: date, halflife: float) -> Tastes:
        products, sizes = Counter[str](), Counter[str]()
        categories, brands = Counter[str](), Counter[str]()
        for act in acts:
            weight = act.reward * 0.5 ** ((until - act.day).days / halflife)
            products[act.product] += weight
            known = self.products[act.product]
            categories[known.category_id] += weight
            if known.brand:
                brands[TasteKind.BRAND.member(known.brand)] += weight
            if act.size:
                sizes[TasteKind.SIZE.member(act.size)] += weight
        own = _strongest(products, TasteKind.PRODUCT)
        traits = {
            TasteKind.BRAND: _strongest(brands, TasteKind.BRAND),
            TasteKind.SIZE: _strongest(sizes, TasteKind.SIZE),
        }
        return Tastes(own, _strongest(categories, TasteKind.CATEGORY), traits, self._price(own))

    def _price(self, own: Mapping[str, float]) -> tuple[float, float] | None:
        prices = [
            (share, self.traits[product][PRODUCT_PRICE])
            for product, share in own.items()
            if PRODUCT_PRICE in self.traits[product]
        ]
        whole = sum(share for share, _ in prices)
        if not whole:
            return None
        mean = sum(share * price for share, price in prices) / whole
        square = sum(share * (price - mean) ** 2 for share, price in prices) / whole
        return mean, max(LEAST_SPREAD, sqrt(square))


def members_of(tastes: Tastes) -> RankedList:
    """Return the list that a generation has of a person."""
    strengths = {
        **{_PRODUCT + name: of for name, of in tastes.products.items()},
        **{_CATEGORY + name: of for name, of in tastes.categories.items()},
        **tastes.traits[TasteKind.BRAND],
        **tastes.traits[TasteKind.SIZE],
    }
    if tastes.price is None:
        return _members(strengths)
    mean, spread = tastes.price
    ends = RankedMember(PRICE_MEAN, 0.0, mean, 1), RankedMember(PRICE_SPREAD, 0.0, spread, 1)
    return (*_members(strengths), *ends)


def _members(strengths: Mapping[str, float]) -> RankedList:
    best_first = sorted(strengths.items(), key=lambda item: (-item[1], item[0]))
    return tuple(RankedMember(name, strength, strength, 1) for name, strength in best_first)


def _acts(
    events: Iterable[Event],
    products: Mapping[ProductId, Product],
    sizes: Mapping[ProductId, str | None],
) -> Iterator[CountedAct]:
    for event in events:
        worth = reward(event)
        if not event.type.is_interaction or not worth:
            continue
        named = event.variant_ids or event.product_ids
        for product, variant in zip(event.product_ids, named, strict=True):
            if product in products:
                yield CountedAct(
                    day=event.occurred_at.date(),
                    shopper=event.user_id or event.session_id,
                    product=product,
                    type=event.type,
                    user=event.user_id,
                    session=event.session_id,
                    order=(event.occurred_at.isoformat(), event.event_id),
                    size=sizes.get(variant),
                    reward=worth,
                )


def _traits(products: Sequence[Product]) -> Mapping[str, Mapping[str, float]]:
    prices = [log(product.price) for product in products if product.price]
    least, most = min(prices, default=0.0), max(prices, default=0.0)
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for product in products:
        known = found[product.group_id or product.product_id]
        if product.size:
            known[TasteKind.SIZE.member(product.size)] = 1.0
        if product.brand:
            known[TasteKind.BRAND.member(product.brand)] = 1.0
        if product.price and most > least:
            known[PRODUCT_PRICE] = (log(product.price) - least) / (most - least)
    return found


def _strongest(weights: Counter[str], kind: TasteKind) -> dict[str, float]:
    kept = [(name, of) for name, of in weights.items() if of > 0]
    kept.sort(key=lambda item: (-item[1], item[0]))
    strongest = kept[: MOST_OF_KIND[kind]]
    whole = sum(of for _, of in strongest)
    return {name: of / whole for name, of in strongest}
