"""The parent product of a group, made of its variants: visitors are shown it and not them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import takewhile
from typing import Final, TypeVar

from personalization.domain.event import Event
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Availability, Product, ProductDetails
from personalization.domain.product_changes import ProductUpdate
from personalization.ports.catalogue import Catalogue

MOST_VARIANTS: Final = 10_000
"""Of one group."""
MOST_OPTIONS: Final = 200
"""Sizes, colours, tags and pictures of a parent, each."""
_TRIES: Final = 5
_ENDS_OF_A_TITLE: Final = " -\u2013\u2014/|,;:("
_BEST_FIRST: Final = (Availability.IN_STOCK, Availability.PREORDER, Availability.BACKORDER)

_Value = TypeVar("_Value")
_Entry = TypeVar("_Entry", Product, ProductDetails)


@dataclass(frozen=True, slots=True)
class GroupMember:
    product: Product
    details: ProductDetails | None = None


def parent_of(variants: Sequence[GroupMember]) -> tuple[Product, ProductDetails]:
    """Return the parent of a group's variants, of which there is one at least, in any order.

    It is on sale while any of them is, where and while any of these is, at the lowest of their
    prices; what all variants that are on sale have in common is true of it too. Raises
    `ValueError` for more than `MOST_VARIANTS`, and where they are not of one group.
    """
    ordered = _check_group(variants)
    products = [variant.product for variant in ordered]
    first, offered = products[0], _products_for_sale(products)
    cheapest = min(offered, key=_price_order)
    rated = max(products, key=lambda product: product.rating_count)
    group_id = first.group_id
    parent = replace(
        _with_sale(first, offered, products),
        product_id=ProductId(str(group_id)),
        group_id=None,
        size=None,
        title=_common_title([product.title for product in products]),
        price=cheapest.price,
        list_price=cheapest.list_price,
        currency=cheapest.currency,
        rating=rated.rating,
        rating_count=rated.rating_count,
        bought_last_month=sum(product.bought_last_month for product in products),
        image_url=_first(product.image_url for product in products),
        colour=_common(product.colour for product in products),
        brand=_first(product.brand for product in products),
        listed_on=min((day for product in products if (day := product.listed_on)), default=None),
    )
    return parent, _details_of(parent.product_id, ordered)


def with_variants(
    parent: Product, details: ProductDetails | None, variants: Sequence[GroupMember]
) -> tuple[Product, ProductDetails]:
    """Return a parent that the shop gave itself, with what only its variants can say.

    That is whether it can be bought, in which sizes and colours, and its price where it has none.
    Raises as `parent_of`.
    """
    ordered = _check_group(variants)
    products = [variant.product for variant in ordered]
    offered = _products_for_sale(products)
    cheapest = min(offered, key=_price_order)
    current = [product for product in offered if product.retired_at is None]
    sold = replace(parent, availability=_availability(current), stock=_stock(current))
    if parent.price is None and cheapest.price is not None:
        sold = replace(sold, price=cheapest.price, currency=cheapest.currency)
    sizes, colours = _sizes(ordered), _colours(ordered)
    own = details or ProductDetails(product_id=parent.product_id)
    return sold, replace(own, sizes=sizes or own.sizes, colours=colours or own.colours)


def update_parents(catalogue: Catalogue, group_ids: Collection[ProductId], now: datetime) -> int:
    """Make the parents of groups what their variants say; return how many became others.

    To be called with the groups of products that were written, and with the products themselves,
    which may be parents: of what has no variant nothing is written. A made parent that has lost
    its last variant is retired. It goes on until nothing changes any more, so that of two
    writers at once the later one leaves what both have written. Raises `ValueError` for a group
    of more than `MOST_VARIANTS`.
    """
    changed: set[ProductId] = set()
    left = sorted(group_ids)
    for _ in range(_TRIES):
        left = [product.product_id for product in _write_parents(catalogue, left, now)]
        if not left:
            break
        changed.update(left)
    return len(changed)


def with_known_parents(catalogue: Catalogue, events: Sequence[Event]) -> Sequence[Event]:
    """Return past events as the API would have taken them: variants count as their parents."""
    parents = known_parents(catalogue, {product for event in events for product in event.line_ids})
    return [event.with_parents(parents) for event in events] if parents else events


def known_parents(
    catalogue: Catalogue, named: Collection[ProductId]
) -> Mapping[ProductId, ProductId]:
    """Return which of the products are variants of a product that the catalogue has."""
    if not named or not catalogue.may_have_variants():
        return {}
    variants = {
        product.product_id: product.group_id
        for product in catalogue.read_products(sorted(named)).values()
        if product.group_id is not None
    }
    known = catalogue.read_products(sorted(set(variants.values()))) if variants else {}
    return {variant: group for variant, group in variants.items() if group in known}


def _write_parents(
    catalogue: Catalogue, group_ids: Sequence[ProductId], now: datetime
) -> Sequence[Product]:
    """Return the parents that were written, those that had become others."""
    groups = catalogue.read_variants(group_ids)
    before = catalogue.read_products(group_ids)
    variant_ids = [product.product_id for group in groups.values() for product in group]
    said = catalogue.read_details([*group_ids, *variant_ids])
    products: list[Product] = []
    made: list[Product] = []
    details: list[ProductDetails] = []
    updates: list[ProductUpdate] = []
    for group_id in group_ids:
        known, own = before.get(group_id), said.get(group_id)
        members = [
            GroupMember(product, said.get(product.product_id))
            for product in groups.get(group_id, ())
        ]
        parent, of_parent = _parent_now(known, own, members, now)
        if parent is not None and parent != known:
            products.append(parent)
        if known is not None and parent is not None and not _is_made(known, own):
            # The shop's own: only what variants say, for it may be writing the rest meanwhile.
            updates.append(_update_of(known, parent, own, of_parent))
            continue
        if parent is not None and parent != known:
            made.append(parent)
        if of_parent is not None and of_parent != own:
            details.append(of_parent)
    catalogue.update_products([each for each in updates if each.product or each.details])
    catalogue.write_details(details)
    catalogue.write_products(made)
    return products


def _update_of(
    known: Product, parent: Product, own: ProductDetails | None, of_parent: ProductDetails | None
) -> ProductUpdate:
    before = own or ProductDetails(product_id=known.product_id)
    return ProductUpdate(
        product_id=known.product_id,
        product=_differences(known, parent),
        details=_differences(before, of_parent or before),
    )


def _differences(before: _Entry, after: _Entry) -> dict[str, object]:
    names = [each.name for each in fields(before)]
    values = {name: getattr(after, name) for name in names}
    return {name: value for name, value in values.items() if value != getattr(before, name)}


def _is_made(known: Product | None, own: ProductDetails | None) -> bool:
    return known is None or (own is not None and own.made_of_variants)


def _parent_now(
    known: Product | None,
    own: ProductDetails | None,
    variants: Sequence[GroupMember],
    now: datetime,
) -> tuple[Product | None, ProductDetails | None]:
    """Return the parent with its details, None for what there is no reason to write."""
    is_made = _is_made(known, own)
    if variants:
        if known is None or is_made:
            return parent_of(variants)
        return with_variants(known, own, variants)
    if known is not None and is_made and known.retired_at is None:
        return replace(known, retired_at=now), None
    return None, None


def _check_group(variants: Sequence[GroupMember]) -> Sequence[GroupMember]:
    """Return them by id, so that their order changes nothing."""
    if not 0 < len(variants) <= MOST_VARIANTS:
        raise ValueError(f"A group has 1 to {MOST_VARIANTS:,} variants, not {len(variants):,}.")
    groups = {variant.product.group_id for variant in variants}
    if len(groups) > 1 or None in groups:
        raise ValueError("These are not the variants of one group.")
    return sorted(variants, key=lambda variant: variant.product.product_id)


def _products_for_sale(products: Sequence[Product]) -> Sequence[Product]:
    """Return those that are on sale; where none is, those that are not retired, or else all."""
    current = [product for product in products if product.retired_at is None]
    on_sale = [product for product in current if product.is_on_sale]
    return on_sale or current or products


def _with_sale(first: Product, offered: Sequence[Product], products: Sequence[Product]) -> Product:
    """Return the first product with when, where and how any of those offered is sold."""
    retired = [moment for product in products if (moment := product.retired_at) is not None]
    everywhere = any(not product.markets for product in offered)
    markets = {market for product in offered for market in product.markets}
    return replace(
        first,
        availability=_availability(offered),
        stock=_stock(offered),
        retired_at=max(retired) if len(retired) == len(products) else None,
        available_from=_bound(min, [product.available_from for product in offered]),
        available_until=_bound(max, [product.available_until for product in offered]),
        markets=() if everywhere else tuple(sorted(markets)),
    )


def _availability(offered: Sequence[Product]) -> Availability:
    states = {product.availability for product in offered if product.is_on_sale}
    return next((state for state in _BEST_FIRST if state in states), Availability.OUT_OF_STOCK)


def _stock(offered: Sequence[Product]) -> int | None:
    """Return the pieces of all that are in stock, None where those of one are not counted."""
    counts = [product.stock for product in offered if product.availability is Availability.IN_STOCK]
    counted = [count for count in counts if count is not None]
    return sum(counted) if counted and len(counted) == len(counts) else None


def _bound(
    choose: Callable[[list[datetime]], datetime], moments: Sequence[datetime | None]
) -> datetime | None:
    """Return the widest bound of those offered: none where one of them has none."""
    given = [moment for moment in moments if moment is not None]
    return choose(given) if len(given) == len(moments) else None


def _price_order(product: Product) -> tuple[bool, float, ProductId]:
    return product.price is None, product.price or 0.0, product.product_id


def _details_of(product_id: ProductId, variants: Sequence[GroupMember]) -> ProductDetails:
    details = [variant.details for variant in variants if variant.details is not None]
    known = details or [ProductDetails(product_id=product_id)]
    pictures = [variant.product.image_url for variant in variants]
    pictures += [url for detail in known for url in detail.image_urls]
    shared = set(known[0].attributes)
    for detail in known[1:]:
        shared.intersection_update(detail.attributes)
    return ProductDetails(
        product_id=product_id,
        description=next((text for detail in known if (text := detail.description)), ""),
        category_path=next((path for detail in known if (path := detail.category_path)), ()),
        gender=_common(detail.gender for detail in known),
        sizes=_sizes(variants),
        colours=_colours(variants),
        material=_common(detail.material for detail in known),
        tags=_union(tag for detail in known for tag in detail.tags),
        cost=max((cost for detail in known if (cost := detail.cost) is not None), default=None),
        page_url=_first(detail.page_url for detail in known),
        image_urls=_union(pictures),
        attributes=tuple(pair for pair in known[0].attributes if pair in shared),
        made_of_variants=True,
    )


def _current(variants: Sequence[GroupMember]) -> Sequence[GroupMember]:
    return [variant for variant in variants if variant.product.retired_at is None] or variants


def _sizes(variants: Sequence[GroupMember]) -> tuple[str, ...]:
    return _union(
        size
        for variant in _current(variants)
        for size in (variant.product.size, *(variant.details.sizes if variant.details else ()))
    )


def _colours(variants: Sequence[GroupMember]) -> tuple[str, ...]:
    return _union(
        colour
        for variant in _current(variants)
        for colour in (
            variant.product.colour,
            *(variant.details.colours if variant.details else ()),
        )
    )


def _common_title(titles: Sequence[str]) -> str:
    """Return the words with which all titles begin, the first title where there are none."""
    words = [title.split() for title in titles]
    # Between the least and the greatest there is nothing that begins otherwise.
    pairs = zip(min(words), max(words), strict=False)
    same = [word for word, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
    return " ".join(same).rstrip(_ENDS_OF_A_TITLE) or titles[0]


def _first(values: Iterable[_Value | None]) -> _Value | None:
    return next((value for value in values if value), None)


def _common(values: Iterable[_Value | None]) -> _Value | None:
    """Return the one value that is given, None where there are several."""
    given = {value for value in values if value}
    return given.pop() if len(given) == 1 else None


def _union(values: Iterable[str | None]) -> tuple[str, ...]:
    """Return each value once, in the order of appearance, as many as there may be."""
    return tuple(dict.fromkeys(value for value in values if value))[:MOST_OPTIONS]
