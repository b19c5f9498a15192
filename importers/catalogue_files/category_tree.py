"""Categories by the paths that stand in products' rows."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from personalization.domain.errors import ImportRejectedError
from personalization.domain.identifiers import MAXIMUM_ID_LENGTH, CategoryId, id_fault
from personalization.domain.product import Category

UNCATEGORISED: Final = CategoryId("uncategorised")
MOST_CATEGORIES: Final = 100_000
_KEPT: Final = 100
"""Characters of an id that is too long, before a digest of the whole."""


class CategoryTree:
    """Puts every category once; the id of one in a path is the path: `women.dresses`."""

    def __init__(self) -> None:
        self._by_path: dict[tuple[str, ...], CategoryId] = {}
        self._known: dict[CategoryId, Category] = {}

    def put(
        self,
        path: tuple[str, ...],
        sink: ImportSink,
        own_id: str | None = None,
        parent_id: str | None = None,
    ) -> CategoryId:
        """Return the id of a product's category; `own_id` and `parent_id` are the shop's own."""
        if own_id is None:
            return self._of_path(path, sink) if path else self._put(UNCATEGORISED, None, sink)
        if own_id == parent_id:
            raise RowRejectedError("category is its own parent", f"category {own_id}")
        above: CategoryId | None = None
        if parent_id is not None:
            above = self._put(CategoryId(parent_id), None, sink)
        elif len(path) > 1:
            above = self._of_path(path[:-1], sink)
        name = path[-1] if path else None
        return self._put(CategoryId(own_id), above, sink, name, is_own=True)

    def _of_path(self, path: tuple[str, ...], sink: ImportSink) -> CategoryId:
        known = self._by_path.get(path)
        if known is not None:
            return known
        above = self._of_path(path[:-1], sink) if len(path) > 1 else None
        category_id = self._put(_id_of(path), above, sink, path[-1])
        self._by_path[path] = category_id
        return category_id

    def _put(
        self,
        category_id: CategoryId,
        parent_id: CategoryId | None,
        sink: ImportSink,
        name: str | None = None,
        *,
        is_own: bool = False,
    ) -> CategoryId:
        known = self._known.get(category_id)
        if known is None and len(self._known) >= MOST_CATEGORIES:
            raise ImportRejectedError(
                f"There are more than {MOST_CATEGORIES:,} categories: is the column of categories"
                " another one? Nothing was imported."
            )
        if known is None or (known.parent_id is None and parent_id is not None):
            shown = name or (known.name if known else category_id.capitalize())
            category = Category(category_id=category_id, name=shown, parent_id=parent_id)
            self._known[category_id] = category
            sink.category(
                category,
                is_named=is_own and name is not None,
                is_placed=is_own and parent_id is not None,
            )
        return category_id


def _id_of(path: Sequence[str]) -> CategoryId:
    written = ".".join(fields.slug(name) or "-" for name in path)
    if len(written) > MAXIMUM_ID_LENGTH:
        digest = blake2b(written.encode(), digest_size=8).hexdigest()
        written = f"{written[:_KEPT]}~{digest}"
    fault = id_fault(written)
    if fault is not None or not any(map(str.isalnum, written)):
        raise RowRejectedError("not an id", f"category {fault or 'has no letters'}: {path}")
    return CategoryId(written)
