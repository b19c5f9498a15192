"""A shop's own catalogue: one row a product, columns by the names that shops use."""

from collections.abc import Mapping, Sequence
from typing import Final

from importers.catalogue_files.product_rows import Attributes, ProductRows
from importers.catalogue_files.roles import FURTHER, KINDS, ROLES
from importers.loader import CatalogueOnly
from importers.readings.attributes import PREFIX, attribute_name
from importers.readings.kinds import ColumnKind, Names
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values, column_key, present
from personalization.domain.errors import ImportRejectedError

NAME: Final = "catalogue"
REQUIRED: Final = (ROLES["id"], ROLES["title"])
MERCHANT: Final = "google-merchant"
REQUIRED_MERCHANT: Final = (("id",), ("title",), ("link",), ("image_link",))
"""Columns of a feed of Google Merchant Center, tab-separated or XML."""
_EMPTY: Final = (None, "")
MOST_ATTRIBUTES: Final = 100
_FURTHER_KEYS: Final = {column_key(name): name for name in FURTHER}


class CatalogueFileLoader(CatalogueOnly):
    """What no column says is left empty; a later file with it fills it in."""

    columns = tuple(ROLES.values())
    currency_column = ROLES["currency"]
    kinds: Mapping[Names, ColumnKind] = {ROLES[role]: kind for role, kind in KINDS.items()}

    def __init__(self) -> None:
        self._places: list[tuple[int, str]] = []
        self._rows: ProductRows | None = None
        self._unread: dict[str, None] = {}
        super().__init__()

    def kinds_of(self, columns: Sequence[str]) -> Mapping[Names, ColumnKind]:
        attributes: dict[Names, ColumnKind] = {
            (name,): ColumnKind.ATTRIBUTE for name in _attribute_columns(columns)
        }
        return {**self.kinds, **attributes}

    def begin(self, columns: Sequence[str], currency: str | None) -> None:
        super().begin(columns, currency)
        attributes = _attribute_columns(columns)
        if len(attributes) > MOST_ATTRIBUTES:
            raise ImportRejectedError(f"There are more than {MOST_ATTRIBUTES} attributes.")
        self._places = [(columns.index(name), word) for name, word in attributes.items()]
        known = {*present(columns, self.columns), *attributes}
        self._unread |= dict.fromkeys(name for name in columns if name not in known)
        if self._rows is not None:
            self._rows.currency = self._currency

    def take(self, values: Values, sink: ImportSink) -> None:
        if self._rows is None:
            self._rows = ProductRows(self.imported_at, self._currency)
        picked = zip(ROLES, self._select(values), strict=True)
        row = {role: value for role, value in picked if value not in _EMPTY}
        entry = self._rows.entry(row, self._attributes(values, row), sink)
        product = entry.product
        if self._listings.takes(
            product.product_id, price=product.price, image=product.image_url, brand=product.brand
        ):
            sink.product(product, entry.details)

    def finish(self, sink: ImportSink) -> None:
        unknown = self._listings.unknown
        gaps = (
            (unknown["price"], "rows have no known price"),
            (unknown["image"], "rows have no picture"),
        )
        self.note_gaps(sink, gaps)
        if self._unread:
            listed = ", ".join(self._unread)
            sink.notes.append(f"columns that were not read: {listed[:500]}")

    def _attributes(self, values: Values, row: Mapping[str, object]) -> Attributes:
        found = [
            (word, value) for place, word in self._places if (value := values[place]) is not None
        ]
        taxonomy = fields.text(row.get("google_category"))
        if taxonomy is not None:
            found.append(("google_product_category", taxonomy))
        return tuple(found)  # type: ignore[arg-type] # read by a column of attributes


def _attribute_columns(columns: Sequence[str]) -> dict[str, str]:
    """Return the columns of attributes -> the attributes' names."""
    found = {
        name: attribute_name(name) for name in columns if name.startswith(PREFIX) and name != PREFIX
    }
    further = {
        name: _FURTHER_KEYS[column_key(name)]
        for name in columns
        if column_key(name) in _FURTHER_KEYS
    }
    return found | further
