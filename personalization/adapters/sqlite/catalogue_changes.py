"""Which products and categories were written lately, and whether any may be hidden."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from personalization.adapters.sqlite.database import Database
from personalization.domain.access.shop import SHOP
from personalization.ports.catalogue import CatalogueChanges

MOST_TOLD: Final = 20_000
"""Ids; above it those who ask read all again."""
KEPT_CHANGES: Final = 2 * MOST_TOLD
"""Ids in the table of changes, a megabyte or so."""

_NOTE = """
INSERT INTO catalogue_changes (sequence, shop, product_ids, category_ids)
SELECT coalesce(max(sequence), 0) + ?, ?, ?, ? FROM catalogue_changes
"""
_FORGET = """
DELETE FROM catalogue_changes WHERE sequence < (SELECT max(sequence) FROM catalogue_changes) - ?
"""
_NEWEST = "SELECT coalesce(max(sequence), 0) FROM catalogue_changes"
_READ = """
SELECT sequence, product_ids, category_ids FROM catalogue_changes
WHERE sequence > ? ORDER BY sequence
"""
# In the words of the index, which has only such products.
_MAY_HIDE = """
SELECT EXISTS (
    SELECT 1 FROM products
    WHERE retired_at IS NOT NULL OR group_id IS NOT NULL OR availability = 'out_of_stock'
        OR stock <= 0 OR available_from IS NOT NULL OR available_until IS NOT NULL
        OR markets <> '[]'
)
"""


def note_products(connection: sqlite3.Connection, product_ids: Sequence[str]) -> None:
    """Name what a transaction writes."""
    _note(connection, product_ids, ())


def note_categories(connection: sqlite3.Connection, category_ids: Sequence[str]) -> None:
    """Name what a transaction writes."""
    _note(connection, (), category_ids)


def changes_since(database: Database, position: str | None) -> CatalogueChanges:
    [(newest,)] = database.read(_NEWEST)
    [(may_hide,)] = database.read(_MAY_HIDE)
    seen = -1 if position is None else int(position)
    if seen < 0 or not 0 <= newest - seen <= MOST_TOLD:
        return CatalogueChanges(position=str(newest), product_ids=None, may_hide=bool(may_hide))
    rows = database.read(_READ, (seen,)) if newest > seen else []
    return CatalogueChanges(
        position=str(rows[-1][0]) if rows else str(seen),
        product_ids=frozenset(_ids_in(row[1] for row in rows)),
        category_ids=frozenset(_ids_in(row[2] for row in rows)),
        may_hide=bool(may_hide),
    )


def _note(
    connection: sqlite3.Connection, products: Sequence[str], categories: Sequence[str]
) -> None:
    count = len(products) + len(categories)
    if not count:
        return
    lists = [msgspec.json.encode(ids).decode() for ids in (products, categories)]
    connection.execute(_NOTE, (count, SHOP, *lists))
    connection.execute(_FORGET, (KEPT_CHANGES,))


def _ids_in(lists: Iterable[str]) -> Iterator[Any]:
    for text in lists:
        yield from msgspec.json.decode(text)
