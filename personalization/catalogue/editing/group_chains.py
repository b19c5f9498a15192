"""A variant has a parent, and that is nobody's variant: else neither of them is ever shown."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from personalization.catalogue.editing.product_line import ProductLine
from personalization.domain.identifiers import ProductId
from personalization.ports.catalogue import Catalogue

_CODE: Final = "variant_and_parent"


def refuse_chains(catalogue: Catalogue, lines: Sequence[ProductLine], *, is_whole: bool) -> None:
    """Refuse lines after which a product would be a variant and have variants on sale.

    Lines count in their order. One of a whole product without a group takes it out of its group.
    """
    moving = [
        (line, ProductId(line.product_id), line.product.get("group_id"))
        for line in lines
        if line.product_id is not None
        and not line.errors
        and (is_whole or "group_id" in line.product)
    ]
    joined = {group for _, _, group in moving if group is not None}
    if not joined:
        return
    groups = _Groups(catalogue, sorted({key for _, key, group in moving if group}), sorted(joined))
    for line, key, group in moving:
        if group is not None and groups.above.get(group) is not None:
            line.refuse(
                _CODE, "The parent is a variant itself: name the parent of both.", "group_id"
            )
        elif group is not None and groups.below.get(key):
            line.refuse(
                _CODE, "It has variants, so it cannot be one: move these first.", "group_id"
            )
        else:
            groups.move(key, group)


class _Groups:
    """Who is whose variant, as far as lines that join groups need it."""

    def __init__(
        self, catalogue: Catalogue, joining: Sequence[ProductId], joined: Sequence[ProductId]
    ) -> None:
        known = catalogue.read_products(joined)
        self.above = {product.product_id: product.group_id for product in known.values()}
        self.below: defaultdict[ProductId, set[ProductId]] = defaultdict(set)
        for key, variants in catalogue.read_variants(joining).items():
            for variant in variants:
                if variant.retired_at is None:
                    self.above[variant.product_id] = key
                    self.below[key].add(variant.product_id)

    def move(self, key: ProductId, group: ProductId | None) -> None:
        former = self.above.get(key)
        if former is not None:
            self.below[former].discard(key)
        self.above[key] = group
        if group is not None:
            self.below[group].add(key)
