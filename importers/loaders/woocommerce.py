"""WooCommerce's export of products: simple ones, and variable ones with their variations.

https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from importers.catalogue_files import cells
from importers.catalogue_files.option_names import is_colour, is_size, sort_options
from importers.catalogue_files.product_rows import CatalogueEntry, ProductRows
from importers.loader import CatalogueOnly, required_text
from importers.readings.kinds import ColumnKind, Names
from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values, selector
from personalization.domain.product import Availability

NAME: Final = "woocommerce"
REQUIRED: Final = (("Type",), ("SKU",), ("Name",), ("Regular price",), ("Categories",))
_COLUMNS: Final[Mapping[str, Names]] = {
    "type": REQUIRED[0],
    "sku": REQUIRED[1],
    "title": REQUIRED[2],
    "price": REQUIRED[3],
    "category": REQUIRED[4],
    "number": ("ID",),
    "published": ("Published",),
    "visibility": ("Visibility in catalog", "Visibility in catalogue"),
    "short": ("Short description",),
    "description": ("Description",),
    "sale_price": ("Sale price",),
    "sale_start": ("Date sale price starts",),
    "sale_end": ("Date sale price ends",),
    "in_stock": ("In stock?",),
    "stock": ("Stock",),
    "backorders": ("Backorders allowed?",),
    "tags": ("Tags",),
    "brand": ("Brands", "Brand"),
    "images": ("Images",),
    "parent": ("Parent",),
    "gtin": ("GTIN, UPC, EAN, or ISBN",),
    "page": ("External URL",),
}
_ATTRIBUTES: Final = 12
"""So many numbered attributes of a row are read."""
_PAIRS: Final[Sequence[Names]] = tuple(
    (f"Attribute {number} {what}",)
    for number in range(1, _ATTRIBUTES + 1)
    for what in ("name", "value(s)")
)
_VARIABLE, _VARIATION = "variable", "variation"
_KNOWN_TYPES: Final = frozenset({"simple", _VARIABLE, _VARIATION, "external", "grouped"})


class WooCommerceLoader(CatalogueOnly):
    """A product is known by its SKU, or else by its number; so is the parent of a variation."""

    columns = tuple(_COLUMNS.values())
    kinds: Mapping[Names, ColumnKind] = {
        _COLUMNS["sku"]: ColumnKind.ID,
        _COLUMNS["number"]: ColumnKind.ID,
        _COLUMNS["parent"]: ColumnKind.ID,
        _COLUMNS["price"]: ColumnKind.MONEY,
        _COLUMNS["sale_price"]: ColumnKind.MONEY,
        _COLUMNS["stock"]: ColumnKind.WHOLE,
        _COLUMNS["sale_start"]: ColumnKind.MOMENT,
        _COLUMNS["sale_end"]: ColumnKind.MOMENT,
    }

    def __init__(self) -> None:
        super().__init__()
        self._rows: ProductRows | None = None
        self._parents: dict[str, CatalogueEntry] = {}
        """Variable products by number and SKU; their variations come after them."""
        self._hidden = 0

    def begin(self, columns: Sequence[str], currency: str | None) -> None:
        super().begin(columns, currency)
        self._select_pairs = selector(columns, _PAIRS)

    def take(self, values: Values, sink: ImportSink) -> None:
        row = dict(zip(_COLUMNS, self._select(values), strict=True))
        kinds = cells.texts(row["type"])
        kind = next((word for word in map(str.casefold, kinds) if word in _KNOWN_TYPES), None)
        if kind is None:
            raise RowRejectedError("unknown type of product", repr(row["type"])[:60])
        number = fields.text(row["number"])
        own_id = fields.text(row["sku"]) or required_text(number, "SKU and no ID")
        entry = self._entry(own_id, kind, row, self._options(values, sink), sink)
        if kind == _VARIABLE:
            self._parents[own_id] = entry
            if number is not None:
                self._parents[f"id:{number}"] = entry
        sink.product(entry.product, entry.details)

    def finish(self, sink: ImportSink) -> None:
        notes = ((self._hidden, "products are not published: they are hidden"),)
        self.note_gaps(sink, notes)

    def _entry(
        self,
        own_id: str,
        kind: str,
        row: Mapping[str, object],
        options: dict[str, str],
        sink: ImportSink,
    ) -> CatalogueEntry:
        if self._rows is None:
            self._rows = ProductRows(self.imported_at, self._currency)
        self._rows.currency = self._currency
        parent = self._parent_of(row) if kind == _VARIATION else None
        is_variable = kind == _VARIABLE
        entry = self._rows.entry(
            {
                **row,
                "id": own_id,
                "title": row["title"] or (parent.product.title if parent else None),
                "category": _first_path(row["category"]),
                "description": row["description"] or row["short"],
                "sale_dates": (row["sale_start"], _end_of_day(row["sale_end"])),
                "availability": _availability(row),
                "group_id": None if parent is None else parent.product.product_id,
                "sizes": _choices(options, is_size) if is_variable else None,
                "colours": _choices(options, is_colour) if is_variable else None,
            },
            (),
            sink,
        )
        size, colour, further = sort_options({} if is_variable else options)
        code = fields.text(row["gtin"])
        attributes = (*further, *(() if code is None else (("gtin", code),)))
        entry = CatalogueEntry(
            replace(entry.product, size=size, colour=colour),
            replace(entry.details, attributes=attributes),
        )
        if not _is_published(row):
            self._hidden += 1
            hidden = replace(entry.product, retired_at=self.imported_at)
            entry = CatalogueEntry(hidden, entry.details)
        return entry if parent is None else _with_parent(entry, parent)

    def _parent_of(self, row: Mapping[str, object]) -> CatalogueEntry:
        name = required_text(row["parent"], "parent")
        if name not in self._parents:
            raise RowRejectedError("unknown parent", f"no variable product {name[:60]!r} before it")
        return self._parents[name]

    def _options(self, values: Values, sink: ImportSink) -> dict[str, str]:
        pairs = self._select_pairs(values)
        named: dict[str, str] = {}
        for name, value in zip(pairs[::2], pairs[1::2], strict=True):
            word, chosen = fields.text(name), fields.text(value)
            if word is not None and chosen is not None:
                kept = sink.readable(lambda text: cells.text(text, 2_000), chosen, word)
                if kept is not None:
                    named[word] = kept
        return named


def _with_parent(entry: CatalogueEntry, parent: CatalogueEntry) -> CatalogueEntry:
    """Return a variation with what its parent says for all."""
    product, of_parent = entry.product, parent.product
    return CatalogueEntry(
        replace(
            product,
            category_id=of_parent.category_id,
            brand=product.brand or of_parent.brand,
            image_url=product.image_url or of_parent.image_url,
            retired_at=product.retired_at or of_parent.retired_at,
        ),
        replace(
            entry.details,
            category_path=parent.details.category_path,
            tags=entry.details.tags or parent.details.tags,
        ),
    )


def _first_path(value: object) -> str | None:
    """Return the first of `Women > Dresses, Sale`."""
    written = fields.text(value)
    return None if written is None else written.partition(",")[0]


def _availability(row: Mapping[str, object]) -> Availability:
    if (fields.text(row["in_stock"]) or "1").casefold() in {"backorder", "onbackorder"}:
        return Availability.BACKORDER
    if not cells.is_yes(row["in_stock"] if row["in_stock"] is not None else "1"):
        return Availability.OUT_OF_STOCK
    has_none = fields.text(row["stock"]) == "0"
    backorders = (fields.text(row["backorders"]) or "0").casefold()
    return (
        Availability.BACKORDER
        if has_none and backorders in {"1", "yes", "notify"}
        else Availability.IN_STOCK
    )


def _is_published(row: Mapping[str, object]) -> bool:
    published = fields.text(row["published"])
    visibility = (fields.text(row["visibility"]) or "visible").casefold()
    return published in {None, "1"} and visibility != "hidden"


def _end_of_day(value: object) -> object:
    """Return the last moment of the day until which a sale lasts."""
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.replace(hour=23, minute=59, second=59, tzinfo=value.tzinfo or UTC)
    return value


def _choices(options: Mapping[str, str], is_meant: Callable[[str], bool]) -> tuple[str, ...]:
    return next((cells.texts(value) for name, value in options.items() if is_meant(name)), ())
