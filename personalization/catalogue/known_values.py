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

    __slots__ = ("sometimes_hidden",)

    def __init__(self, products: "KnownProducts | None" = None) -> None:
        super().__init__(products or {})
        self.sometimes_hidden: set[ProductId] = set()
        if products is not None:
            self.sometimes_hidden.update(products.sometimes_hidden)

    def add(self, found: Mapping[ProductId, Product]) -> None:
        hidden = [product_id for product_id in found if found[product_id].is_hidden_sometimes]
        # Before the products: who finds one finds also that it may be hidden.
        self.sometimes_hidden.update(hidden)
        self.update(found)

    def without(self, ids: Collection[ProductId]) -> Self:
        others = super().without(ids)
        others.sometimes_hidden.difference_update(ids)
        return others

    def hidden_sometimes_among(self, products: Mapping[ProductId, Product]) -> list[Product]:
        """Return those of products that may be hidden, and those that are not known."""
        sometimes = self.sometimes_hidden
        return [
            products[product_id]
            for product_id in products
            if product_id in sometimes or product_id not in self
        ]
