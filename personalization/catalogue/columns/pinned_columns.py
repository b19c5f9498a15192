from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from personalization.catalogue.columns.bounded_cache import BoundedCache
from personalization.catalogue.columns.categories_below import CategoriesBelow
from personalization.catalogue.columns.columns_view import ColumnsView
from personalization.catalogue.columns.growing_array import Array
from personalization.catalogue.columns.id_index import keys_of
from personalization.catalogue.columns.mask_maker import KEPT_HITS, HitsCache, MaskMaker
from personalization.catalogue.columns.popularity_order import UNORDERED, PopularityOrder
from personalization.catalogue.columns.product_columns import name_word
from personalization.catalogue.columns.value_sets import Hits
from personalization.catalogue.filters.fields import ATTRIBUTES, FieldKind, kind_of
from personalization.catalogue.filters.filter import Filter
from personalization.catalogue.filters.filter_document import canonical_filter
from personalization.domain.errors import UnreadCatalogueError
from personalization.domain.identifiers import CategoryId, ProductId, Region

KEPT_MASKS: Final = 64
"""Filters, each with a bit for each product."""
KEPT_RESULTS: Final = 256
_KEPT_VISIBLE: Final = 4
"""Regions, each with a byte for each product."""
_FIRST_LOOK: Final = 4_096


@dataclass(frozen=True, slots=True)
class ColumnsCaches:
    hits: HitsCache = field(default_factory=lambda: BoundedCache(KEPT_HITS))
    masks: BoundedCache[tuple[int, Array]] = field(default_factory=lambda: BoundedCache(KEPT_MASKS))
    """How many rows, and their bits."""
    visible: BoundedCache[Hits] = field(default_factory=lambda: BoundedCache(_KEPT_VISIBLE))
    results: BoundedCache[tuple[ProductId, ...]] = field(
        default_factory=lambda: BoundedCache(KEPT_RESULTS)
    )


class PinnedColumns:
    """What one decision reads of all products; it does not change.

    What needs all products raises `UnreadCatalogueError` until they were read once: nothing is
    read from the catalogue here.
    """

    def __init__(
        self,
        view: ColumnsView,
        tree: CategoriesBelow,
        now: datetime,
        caches: ColumnsCaches,
        *,
        is_complete: bool = True,
    ) -> None:
        self._view = view
        self._tree = tree
        self._now = now
        self._caches = caches
        self._is_complete = is_complete
        self._masks = MaskMaker(view, tree, now.date(), caches.hits)

    @property
    def is_complete(self) -> bool:
        """Whether all products are there."""
        return self._is_complete

    def known_among(self, product_ids: Sequence[ProductId]) -> list[ProductId]:
        """Return those that there are, or may be: all until the columns are complete."""
        if not product_ids or not self._is_complete:
            return list(product_ids)
        places = np.flatnonzero(self._view.index.rows_of(keys_of(product_ids)) >= 0)
        return [product_ids[place] for place in places.tolist()]

    def keep(self, product_ids: Sequence[ProductId], wanted: Filter) -> list[ProductId]:
        """Return those that are wanted, in their order; what nobody knows is not."""
        if not product_ids:
            return []
        self._check()
        rows = self._view.index.rows_of(keys_of(product_ids))
        places = np.flatnonzero(rows >= 0)
        kept = places[self._masks.mask(wanted, rows[places])].tolist()
        return [product_ids[place] for place in kept]

    def find(
        self,
        wanted: Filter,
        limit: int,
        order: PopularityOrder = UNORDERED,
        region: Region | None = None,
    ) -> list[ProductId]:
        """Return the first ones of the catalogue that are wanted and may be shown in a region."""
        self._check()
        view = self._view
        moment = self._now.timestamp()
        passed = int(np.searchsorted(view.moments, moment, side="right"))
        shown = (view.store, view.version, region, passed)
        asked = (self._tree, self._now.date(), canonical_filter(wanted))
        found = self._caches.results.get((shown, asked, limit, order))
        if found is None:
            visible = self._caches.visible.get_or_make(
                shown, lambda: view.alive & view.visibility(view.every, moment, region)
            )
            mask = self._mask_of_all(wanted, (view.store, *asked)) & visible
            found = tuple(map(view.id_of, self._first(mask, limit, order)))
            self._caches.results.put((shown, asked, limit, order), found)
        return list(found)

    def values(self, product_ids: Sequence[ProductId], field: str) -> list[str | None]:
        """Return the first value of each in a field, folded, None where it has none.

        Beyond the first 50,000 values of a field a text of its own stands for each.
        """
        self._check()
        rows = self._view.index.rows_of(keys_of(product_ids)).tolist()
        return [self._first_value(field, row) if row >= 0 else None for row in rows]

    def below(self, category_id: CategoryId) -> frozenset[CategoryId]:
        """Return the category and all that are below it."""
        return self._tree.below(category_id)

    def _check(self) -> None:
        if not self._is_complete:
            raise UnreadCatalogueError

    def _mask_of_all(self, wanted: Filter, key: tuple[object, ...]) -> Hits:
        """Return the mask of all rows; of those that were there before from the cache."""
        count = self._view.count
        known, bits = self._caches.masks.get(key) or (0, np.empty(0, np.uint8))
        before = np.unpackbits(bits, count=min(known, count)).view(bool)
        if known >= count:
            return before
        mask = np.concatenate((before, self._masks.mask(wanted, slice(known, count))))
        self._caches.masks.put(key, (count, np.packbits(mask)))
        return mask

    def _first(self, mask: Hits, limit: int, order: PopularityOrder) -> list[int]:
        """Return the first rows of a mask, of which nothing is left."""
        rows = self._view.index.rows_of(order.keys)
        rows = rows[rows >= 0]
        named = rows[mask[rows]][:limit]
        mask[named] = False
        left = limit - len(named)
        return [*named.tolist(), *(self._first_popular(mask, left).tolist() if left else ())]

    def _first_popular(self, mask: Hits, limit: int) -> Array:
        view = self._view
        by_popularity = view.by_popularity
        found: list[Array] = []
        count, start, size = 0, 0, _FIRST_LOOK
        while count < limit and start < len(by_popularity):
            rows = by_popularity[start : start + size]
            found.append(rows[mask[rows]])
            count += len(found[-1])
            start, size = start + size, 2 * size
        unordered = np.flatnonzero(mask[len(by_popularity) :]) + len(by_popularity)
        if len(unordered):
            # Those in their order may be interspersed with these.
            best = np.concatenate([*found, unordered])
            return view.popularity_order(best.astype(np.intp))[:limit]
        return np.concatenate(found)[:limit] if found else np.empty(0, np.intp)

    def _first_value(self, field: str, row: int) -> str | None:
        kind = kind_of(field)
        view = self._view
        if kind is FieldKind.ATTRIBUTE:
            attributes = view.attributes
            name = name_word(field.removeprefix(ATTRIBUTES))
            return attributes.first_text(name, row)
        if kind in {FieldKind.NUMBER, FieldKind.YES_NO}:
            return self._masks.number_text(field, row)
        column = view.coded[field]
        return column.sets.first_text(int(column.codes[row]))
