"""Shopify's export of products: rows of one handle are a product, its variants and pictures.

https://help.shopify.com/en/manual/products/import-export/using-csv
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from importers import stars
from importers.catalogue_files import cells
from importers.catalogue_files.option_names import sort_options
from importers.catalogue_files.product_rows import CatalogueEntry, ProductRows
from importers.loader import CatalogueOnly, required_text
from importers.readings.kinds import ColumnKind, Names
from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.distinct import DistinctCounter
from importers.tables.table import Values
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Availability, Product

NAME: Final = "shopify"
REQUIRED: Final = (("Handle",), ("Title",), ("Variant Price", "Price"))
_COLUMNS: Final[Mapping[str, Names]] = {
    "handle": REQUIRED[0],
    "title": REQUIRED[1],
    "price": REQUIRED[2],
    "description": ("Body (HTML)", "Body HTML", "Description"),
    "brand": ("Vendor",),
    "category": ("Product Category",),
    "type": ("Type",),
    "tags": ("Tags",),
    "published": ("Published",),
    "status": ("Status",),
    "option_1": ("Option1 Name",),
    "value_1": ("Option1 Value",),
    "option_2": ("Option2 Name",),
    "value_2": ("Option2 Value",),
    "option_3": ("Option3 Name",),
    "value_3": ("Option3 Value",),
    "sku": ("Variant SKU", "SKU"),
    "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
    "stock": ("Variant Inventory Qty", "Inventory quantity"),
    "policy": ("Variant Inventory Policy", "Inventory policy"),
    "before": ("Variant Compare At Price", "Compare-at price"),
    "barcode": ("Variant Barcode", "Barcode"),
    "image": ("Image Src", "Product image URL"),
    "variant_image": ("Variant Image", "Variant image URL"),
    "cost": ("Cost per item",),
    "gender": ("Google Shopping / Gender",),
}
_NO_OPTION: Final = "Default Title"
_MOST_IMAGES: Final = 250


@dataclass(frozen=True, slots=True)
class _Variant:
    product: Product
    cost: float | None
    attributes: tuple[tuple[str, str | float | bool | tuple[str, ...]], ...]


@dataclass(slots=True)
class _Handle:
    """The rows of one product so far."""

    name: str
    entry: CatalogueEntry
    options: tuple[str | None, ...]
    images: dict[str, None] = field(default_factory=dict)
    variants: list[_Variant] = field(default_factory=list)


class ShopifyLoader(CatalogueOnly):
    """A product with one variant is that product; otherwise its handle is their parent."""

    columns = tuple(_COLUMNS.values())
    rows_name_products = False
    kinds: Mapping[Names, ColumnKind] = {
        _COLUMNS["handle"]: ColumnKind.ID,
        _COLUMNS["sku"]: ColumnKind.ID,
        _COLUMNS["price"]: ColumnKind.MONEY,
        _COLUMNS["before"]: ColumnKind.MONEY,
        _COLUMNS["cost"]: ColumnKind.MONEY,
        _COLUMNS["stock"]: ColumnKind.WHOLE,
    }

    def __init__(self) -> None:
        super().__init__()
        self._rows: ProductRows | None = None
        self._open: _Handle | None = None
        self._ended = DistinctCounter()
        self._hidden = 0

    def take(self, values: Values, sink: ImportSink) -> None:
        row = dict(zip(_COLUMNS, self._select(values), strict=True))
        handle = required_text(row["handle"], "handle")
        if self._open is None or self._open.name != handle:
            self._end(sink)
            self._open = self._begin(handle, row, sink)
        image = sink.readable(cells.address, row["image"], "Image Src")
        if image is not None and len(self._open.images) < _MOST_IMAGES:
            self._open.images.setdefault(image)
        if fields.text(row["price"]) is not None or fields.text(row["value_1"]) is not None:
            self._open.variants.append(self._variant(self._open, row, sink))

    def finish(self, sink: ImportSink) -> None:
        self._end(sink)
        notes = ((self._hidden, "products are drafts, archived or not published: they are hidden"),)
        self.note_gaps(sink, notes)

    def _begin(self, handle: str, row: Mapping[str, object], sink: ImportSink) -> _Handle:
        if fields.text(row["title"]) is None:
            raise RowRejectedError("no title", f"the first row of {handle[:60]!r} has none")
        if not self._ended.lacks([handle]):
            raise RowRejectedError("product in two places", f"rows of {handle[:60]!r} stand apart")
        if self._rows is None:
            self._rows = ProductRows(self.imported_at, self._currency)
        self._rows.currency = self._currency
        cells_of = {
            "id": handle,
            "title": row["title"],
            "description": row["description"],
            "brand": row["brand"],
            "category": row["category"] or row["type"],
            "tags": row["tags"],
            "gender": row["gender"],
        }
        entry = self._rows.entry(cells_of, (), sink)
        if not _is_published(row):
            self._hidden += 1
            hidden = replace(entry.product, retired_at=self.imported_at)
            entry = CatalogueEntry(hidden, entry.details)
        options = tuple(fields.text(row[f"option_{place}"]) for place in (1, 2, 3))
        return _Handle(handle, entry, options)

    def _variant(self, handle: _Handle, row: Mapping[str, object], sink: ImportSink) -> _Variant:
        chosen = [sink.readable(cells.text, row[f"value_{place}"], "option") for place in (1, 2, 3)]
        named = {
            name: value
            for name, value in zip(handle.options, chosen, strict=True)
            if name and value and value != _NO_OPTION
        }
        size, colour, attributes = sort_options(named)
        sku, barcode = fields.text(row["sku"]), fields.text(row["barcode"])
        price, before = (stars.price(row[name], sink, name) for name in ("price", "before"))
        words = "-".join(filter(None, (fields.slug(value) for value in named.values())))
        parent = handle.entry.product
        own_id = sku or f"{handle.name}-{words or len(handle.variants) + 1}"
        availability, stock = _stock(row, sink)
        product = replace(
            parent,
            product_id=ProductId(own_id),
            group_id=parent.product_id,
            title=" ".join((parent.title, *named.values())),
            price=price,
            list_price=before if price and before and before > price else None,
            size=size,
            colour=colour,
            image_url=sink.readable(cells.address, row["variant_image"], "Variant Image"),
            availability=availability,
            stock=stock,
        )
        codes = (("sku", sku), ("barcode", barcode))
        known = tuple((name, code) for name, code in codes if code is not None)
        return _Variant(product, stars.price(row["cost"], sink, "cost"), (*attributes, *known))

    def _end(self, sink: ImportSink) -> None:
        """Put the product whose rows have all been seen."""
        handle, self._open = self._open, None
        if handle is None:
            return
        self._ended.add(handle.name)
        image, *others = (*handle.images,) or (None,)
        parent = replace(handle.entry.product, image_url=image)
        details = replace(handle.entry.details, image_urls=tuple(others))
        if len(handle.variants) == 1 and handle.variants[0].product.title == parent.title:
            [only] = handle.variants
            single = replace(
                only.product,
                product_id=parent.product_id,
                group_id=None,
                image_url=image or only.product.image_url,
            )
            sink.product(single, replace(details, cost=only.cost, attributes=only.attributes))
            return
        sink.product(parent, details)
        for variant in handle.variants:
            product = variant.product
            sink.product(
                replace(product, image_url=product.image_url or image),
                replace(
                    details,
                    product_id=product.product_id,
                    image_urls=(),
                    cost=variant.cost,
                    attributes=variant.attributes,
                ),
            )


def _is_published(row: Mapping[str, object]) -> bool:
    status = (fields.text(row["status"]) or "active").casefold()
    published = (fields.text(row["published"]) or "true").casefold()
    return status == "active" and published == "true"


def _stock(row: Mapping[str, object], sink: ImportSink) -> tuple[Availability, int | None]:
    """Return availability and stock: what nobody tracks, or may be oversold, can be bought."""
    tracked = fields.text(row["tracker"]) is not None
    pieces = sink.readable(fields.whole, row["stock"], "stock")
    if not tracked or pieces is None:
        return Availability.IN_STOCK, None
    if pieces > 0:
        return Availability.IN_STOCK, pieces
    oversold = (fields.text(row["policy"]) or "deny").casefold() == "continue"
    return (Availability.BACKORDER if oversold else Availability.OUT_OF_STOCK), 0
