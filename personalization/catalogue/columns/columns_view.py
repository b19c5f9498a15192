"""The columns as they are between two changes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personalization.catalogue.columns.coded_column import CodesView, NamedSetsView, Rows
from personalization.catalogue.columns.growing_array import Array
from personalization.catalogue.columns.id_index import IdIndex
from personalization.catalogue.columns.value_sets import Hits
from personalization.catalogue.filters.filter import Condition, FieldComparison
from personalization.domain.identifiers import ProductId, Region

_HIDDEN_SINCE = "hidden_since"
_SHOWN_FROM = "shown_from"
_MARKETS = "markets"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsView:
    """A product that has changed has a further row: `alive` tells which one counts."""

    store: int
    """Rows with the same numbers of the same store never differ."""
    version: int
    count: int
    numbers: Mapping[str, Array]
    """Single precision, NaN where there is none; `listed_on` in days since the year 1."""
    coded: Mapping[str, CodesView]
    attributes: NamedSetsView
    alive: Hits
    index: IdIndex
    id_starts: Array
    id_bytes: Array
    tie_words: Array
    """CRC-32 of the ids: the order of products that are equally popular."""
    by_popularity: Array
    """The numbers of as many rows from the first one on, in the order of their popularity."""
    moments: NDArray[np.float64]
    """Epoch seconds at which some product begins or ends to be shown, in their order."""

    @property
    def every(self) -> slice:
        return slice(0, self.count)

    def id_of(self, row: int) -> ProductId:
        start, end = int(self.id_starts[row]), int(self.id_starts[row + 1])
        return ProductId(self.id_bytes[start:end].tobytes().decode())

    def visibility(self, rows: Rows, moment: float, region: Region | None) -> Hits:
        """Return which rows say `Product.is_shown` at a moment (epoch seconds)."""
        hidden = self._hits(_HIDDEN_SINCE, FieldComparison.AT_MOST, moment, rows)
        later = float(np.nextafter(moment, np.inf))
        hidden |= self._hits(_SHOWN_FROM, FieldComparison.AT_LEAST, later, rows)
        if region is not None:
            markets = self.coded[_MARKETS]
            is_sold = self._hits(_MARKETS, FieldComparison.IS, region, rows)
            hidden |= (markets.codes[rows] != 0) & ~is_sold
        return ~hidden

    def _hits(
        self, field: str, comparison: FieldComparison, value: float | str, rows: Rows
    ) -> Hits:
        column = self.coded[field]
        return column.mask(column.sets.hits(Condition(field, comparison, (value,))), rows)

    def popularity_order(self, rows: Array) -> Array:
        """Return rows in the order of their popularity."""
        falling = [-self.numbers[name][rows] for name in ("rating_count", "bought_last_month")]
        return rows[np.lexsort((self.tie_words[rows], *falling))]
