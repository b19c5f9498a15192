"""Categories of paths of names, for shops whose categories have no ids."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from personalization.domain.identifiers import MAXIMUM_ID_LENGTH, CategoryId
from personalization.domain.product import Category

_BETWEEN: Final = " > "
_DIGITS: Final = 16


def categories_of_path(path: Sequence[str]) -> tuple[Category, ...]:
    """Return the categories from the root to the last; the id of each is the path to it."""
    categories: list[Category] = []
    for depth, name in enumerate(path, start=1):
        above = categories[-1].category_id if categories else None
        category_id = _id_of(_BETWEEN.join(path[:depth]))
        categories.append(Category(category_id=category_id, name=name, parent_id=above))
    return tuple(categories)


def _id_of(path: str) -> CategoryId:
    if len(path) <= MAXIMUM_ID_LENGTH:
        return CategoryId(path)
    digest = sha256(path.encode()).hexdigest()[:_DIGITS]
    return CategoryId(f"{path[: MAXIMUM_ID_LENGTH - _DIGITS - 1].rstrip()}#{digest}")
