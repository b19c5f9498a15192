"""Which category a path of names is, where the shop's categories have ids of their own."""

from collections.abc import Mapping, Sequence

from personalization.catalogue.editing.product_line import ProductLine
from personalization.domain.identifiers import CategoryId
from personalization.domain.product import Category
from personalization.ports.catalogue import Catalogue

Names = tuple[str, ...]
_MOST_LEVELS = 100
"""Deeper than any tree; it ends where two writers have closed a circle."""


class PathNames:
    """Finds categories by the names on the way to them; a path with an id of its own has that."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: set[CategoryId] | None = None
        self._by_names: dict[Names, CategoryId] = {}

    def settle(self, lines: Sequence[ProductLine]) -> None:
        """Put products whose path the catalogue has under another id into that category."""
        for line in lines:
            if line.categories and not line.errors:
                self._settle(line)

    def _settle(self, line: ProductLine) -> None:
        known = self._read()
        new: list[Category] = []
        names: Names = ()
        above: CategoryId | None = None
        for category in line.categories:
            names = (*names, category.name.casefold())
            key = category.category_id
            found = key if key in known else self._by_names.get(names)
            if found is None:
                found = key
                new.append(Category(category_id=key, name=category.name, parent_id=above))
            above = found
        line.categories = tuple(new)
        line.product["category_id"] = above

    def _read(self) -> set[CategoryId]:
        """Read the catalogue's categories once: new ones have their paths as ids."""
        if self._known is None:
            categories = {each.category_id: each for each in self._catalogue.all_categories()}
            self._known = set(categories)
            for each in categories.values():
                self._by_names.setdefault(_names_of(each, categories), each.category_id)
        return self._known


def _names_of(category: Category, categories: Mapping[CategoryId, Category]) -> Names:
    names: list[str] = []
    current: Category | None = category
    while current is not None and len(names) < _MOST_LEVELS:
        names.append(current.name.casefold())
        current = None if current.parent_id is None else categories.get(current.parent_id)
    return tuple(reversed(names))
