from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from api.schemas.catalogue_pages import StoredCategory
from personalization.domain.identifiers import CategoryId
from personalization.domain.product import Category

LONGEST_PATH: Final = 32


def in_tree_order(categories: Sequence[Category]) -> list[StoredCategory]:
    """Return all categories, each after the one above it, brothers by name.

    Those whose way up leads nowhere, or round in a circle, stand at the root.
    """
    known = {category.category_id: category for category in categories}
    below: defaultdict[CategoryId | None, list[Category]] = defaultdict(list)
    for category in sorted(categories, key=lambda each: (each.name, each.category_id)):
        parent = category.parent_id
        below[parent if parent in known else None].append(category)
    listed: dict[CategoryId, StoredCategory] = {}
    _walk(below[None], below, listed)
    # What a circle has cut off from the root.
    for category in known.values():
        if category.category_id not in listed:
            _walk([category], below, listed)
    return list(listed.values())


def _walk(
    roots: Sequence[Category],
    below: defaultdict[CategoryId | None, list[Category]],
    listed: dict[CategoryId, StoredCategory],
) -> None:
    left: list[tuple[Category, list[str]]] = [(root, []) for root in reversed(roots)]
    while left:
        category, above = left.pop()
        if category.category_id in listed:
            continue
        path = [*above, category.name][-LONGEST_PATH:]
        listed[category.category_id] = StoredCategory(
            id=category.category_id, name=category.name, parent_id=category.parent_id, path=path
        )
        left += [(child, path) for child in reversed(below[category.category_id])]
