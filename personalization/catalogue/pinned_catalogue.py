"""What one decision and its profile read of the catalogue."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from personalization.catalogue.known_values import KnownCategories, KnownProducts
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Product


class ReadsProducts(Protocol):
    def products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        """Return the products that exist, in the order of the ids."""

    def category_name(self, category_id: CategoryId) -> str:
        """Return the category's name, or its id where the catalogue has no name."""


class KnowsHidden(ReadsProducts, Protocol):
    @property
    def may_hide(self) -> bool:
        """Whether some product may not be shown to somebody."""

    @property
    def known_products(self) -> KnownProducts:
        """What was read: another object once any product has become another.

        What was made of products holds so long.
        """


class PinnedCatalogue:
    """Goes on with what it has read, also that a product is missing."""

    def __init__(
        self,
        catalogue: KnowsHidden,
        products: KnownProducts,
        categories: KnownCategories,
    ) -> None:
        """Take what is known of products and categories: it may grow, nothing in it changes."""
        self._catalogue = catalogue
        self.known_products = products
        self._products = products
        self._missing: set[ProductId] = set()
        self._found: dict[ProductId, Product] = {}
        """Those that are not among the products, since they have changed meanwhile."""
        self._categories = categories
        self._names: dict[CategoryId, str] = {}
        """Those that are not among the categories."""
        self.may_hide = catalogue.may_hide

    @property
    def known_categories(self) -> KnownCategories:
        """Another object once any category has become another."""
        return self._categories

    @property
    def is_whole(self) -> bool:
        """Whether all that was asked for is among the known products and categories."""
        return not (self._missing or self._found or self._names)

    def products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        known, missing = self._products, self._missing
        if not missing and not self._found:
            for product_id in product_ids:
                if product_id not in known:
                    break
            else:
                return {product_id: known[product_id] for product_id in product_ids}
        return self._read(product_ids)

    def _read(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        known, missing = self._products, self._missing
        own = self._found
        unread = [
            name
            for name in product_ids
            if name not in known and name not in missing and name not in own
        ]
        if unread:
            found = self._catalogue.products(unread)
            missing.update(name for name in unread if name not in found)
            # The cache may hold another dictionary by now, and what is in ours stays.
            own.update((name, found[name]) for name in found if name not in known)
        # Another decision may have found meanwhile what this one has missed or found otherwise.
        return {
            name: own[name] if name in own else known[name]
            for name in product_ids
            if (name in own or name in known) and name not in missing
        }

    def category_name(self, category_id: CategoryId) -> str:
        if category_id in self._names:
            return self._names[category_id]
        if category_id in self._categories:
            return self._categories[category_id].name
        name = self._names[category_id] = self._catalogue.category_name(category_id)
        return name

    def category_parent(self, category_id: CategoryId) -> CategoryId | None:
        """Return what the category is part of, as far as it is known."""
        self.category_name(category_id)
        known = self._categories.get(category_id)
        return known.parent_id if known else None

    def has_category(self, category_id: CategoryId) -> bool:
        self.category_name(category_id)
        return category_id in self._categories

    def category_names(self, category_ids: Sequence[CategoryId]) -> list[str]:
        """Return the names of categories, in their order."""
        own, known = self._names, self._categories
        if not own:
            for category_id in category_ids:
                if category_id not in known:
                    break
            else:
                return [known[category_id].name for category_id in category_ids]
        return list(map(self.category_name, category_ids))
