"""What a process knows of the catalogue, by id."""

from collections.abc import Collection, Mapping
from typing import Self, TypeVar

from personalization.catalogue.page_details import PageDetails
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product

_Id = TypeVar("_Id", bound=str)
_Value = TypeVar("_Value")


class KnownValues(dict[_Id, _Value]):
    """Grows; where something would change or go, another one takes its place."""

    __slots__ = ()

    def add(self, found: Mapping[_Id, _Value]) -> None:
        self.update(found)

    def without(self, ids: Collection[_Id]) -> Self:
        others = type(self)(self)
        for id_ in ids:
            del others[id_]
        return others


class KnownCategories(KnownValues[CategoryId, Category]):
    __slots__ = ()


class KnownDetails(KnownValues[ProductId, PageDetails]):
    __slots__ = ()


class KnownProducts(KnownValues[ProductId, Product]):
    """Remembers which products are not always shown, since decisions ask of hundreds."""

    __slots__ = ("changing", "never_shown")

    def __init__(self, products: "KnownProducts | None" = None) -> None:
        super().__init__(products or {})
        self.never_shown: set[ProductId] = set()
        """Sold out or a variant: no moment and no region changes that."""
        self.changing: set[ProductId] = set()
        """Shown at some moments or in some regions."""
        if products is not None:
            self.never_shown.update(products.never_shown)
            self.changing.update(products.changing)

    def add(self, found: Mapping[ProductId, Product]) -> None:
        # Before the products: who finds one finds also that it may be hidden.
        for product_id, product in found.items():
            if product.group_id is not None or not product.is_on_sale:
                self.never_shown.add(product_id)
            elif product.is_hidden_sometimes:
                self.changing.add(product_id)
        self.update(found)

    def without(self, ids: Collection[ProductId]) -> Self:
        others = super().without(ids)
        others.never_shown.difference_update(ids)
        others.changing.difference_update(ids)
        return others

    def changing_among(self, products: Mapping[ProductId, Product]) -> list[Product]:
        """Return those of products that may be shown or not, and those that are not known."""
        changing = self.changing
        return [
            products[product_id]
            for product_id in products
            if product_id in changing or product_id not in self
        ]
