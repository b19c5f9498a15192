import msgspec

from personalization.catalogue.editing.category_editor import CatalogueCategory
from personalization.catalogue.editing.wire_product import StoredProduct


class StoredProducts(msgspec.Struct, frozen=True):
    """A page of the catalogue."""

    products: list[StoredProduct]
    """At most as many as asked for; fewer, even none, do not say that there are no more."""
    next: str | None
    """`cursor` of the next page, null at the end."""


class StoredCategory(CatalogueCategory, kw_only=True, omit_defaults=False):
    """A category with its place in the tree."""

    id: str
    parent_id: str | None = None
    path: list[str]
    """Names from the root to its own, the last 32 at most."""


class StoredCategories(msgspec.Struct, frozen=True):
    """A page of the categories, each after the one above it."""

    categories: list[StoredCategory]
    next: str | None
    """`cursor` of the next page, null at the end."""
