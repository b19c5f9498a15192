"""Which products and categories were written lately, and whether any may be hidden."""

import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from cassandra.util import max_uuid_from_time, uuid_from_time

from personalization.adapters.cassandra.batches import Write, read_each, write_rows
from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.domain.access.shop import SHOP
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ports.catalogue import CatalogueChanges

IDS_PER_ROW: Final = 500
MOST_ROWS: Final = 5_000
MOST_TOLD: Final = 100_000
"""Ids of so many rows: the overlap alone has tens of thousands while a whole catalogue is written.
Above either those who ask read all again."""
OVERLAP_SECONDS: Final = 5.0
"""How far the clocks of writers may be apart, and how long a write may be under way."""
LONGEST_SECONDS: Final = 300.0
"""Who has not looked for so long reads all again."""
_MINUTE: Final = 60
_NOTE: Final = (
    "INSERT INTO catalogue_changes (shop, minute, changed_at, product_ids, category_ids) "
    "VALUES (?, ?, ?, ?, ?)"
)
_READ: Final = (
    "SELECT changed_at, product_ids, category_ids FROM catalogue_changes "
    "WHERE shop = ? AND minute = ? AND changed_at > ? LIMIT ?"
)
_READ_MARK: Final = "SELECT may_hide FROM catalogue_marks WHERE shop = ?"
_FIRST_MARK: Final = "INSERT INTO catalogue_marks (shop, may_hide) VALUES (?, false) IF NOT EXISTS"
_MARK: Final = "INSERT INTO catalogue_marks (shop, may_hide) VALUES (?, true)"
_ANY_PRODUCT: Final = "SELECT product_id FROM products LIMIT 1"


class ChangeFeed:
    """A table by minute: positions are moments, of which a few seconds are always told again."""

    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection

    def note(self, products: Sequence[str], categories: Sequence[str]) -> None:
        now = time.time()
        minute = int(now) // _MINUTE
        rows = (
            (SHOP, minute, uuid_from_time(now), list(of_products), list(of_categories))
            for of_products, of_categories in zip_longest(
                _parts(products), _parts(categories), fillvalue=()
            )
        )
        write_rows(self._connection, (Write((SHOP, minute), _NOTE, row) for row in rows))

    def changes_since(self, position: str | None) -> CatalogueChanges:
        now = time.time()
        if position is None or not now - LONGEST_SECONDS < float(position) <= now + OVERLAP_SECONDS:
            return CatalogueChanges(position=str(now), product_ids=None)
        since = float(position) - OVERLAP_SECONDS
        minutes = range(int(since) // _MINUTE, int(now + OVERLAP_SECONDS) // _MINUTE + 1)
        after = max_uuid_from_time(since)
        asked = ((SHOP, minute, after, MOST_ROWS + 1) for minute in minutes)
        rows = [row for found in read_each(self._connection, _READ, asked) for row in found]
        if len(rows) > MOST_ROWS or sum(len(row[1] or ()) for row in rows) > MOST_TOLD:
            return CatalogueChanges(position=str(now), product_ids=None)
        return CatalogueChanges(
            position=str(now),
            product_ids=frozenset(ProductId(name) for row in rows for name in row[1] or ()),
            category_ids=frozenset(CategoryId(name) for row in rows for name in row[2] or ()),
        )


class CatalogueMarks:
    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection
        self._is_marked = False
        """Whether this process knows that something may be hidden: that is never taken back."""

    def before_write(self, may_hide: bool) -> None:  # noqa: FBT001 (it is all that is told)
        """Note whether what is about to be written may be hidden."""
        if self._is_marked:
            return
        if may_hide:
            self._connection.execute(_MARK, (SHOP,))
            self._is_marked = True
        elif self._is_new():
            self._connection.execute(_FIRST_MARK, (SHOP,))

    def may_hide(self) -> bool:
        if not self._is_marked:
            row = self._connection.execute(_READ_MARK, (SHOP,)).one()
            # A catalogue that was written before there were marks has none.
            self._is_marked = row is None or bool(row[0])
        return self._is_marked

    def _is_new(self) -> bool:
        marked = self._connection.execute(_READ_MARK, (SHOP,)).one() is not None
        return not marked and self._connection.execute(_ANY_PRODUCT).one() is None


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), IDS_PER_ROW):
        yield ids[start : start + IDS_PER_ROW]
