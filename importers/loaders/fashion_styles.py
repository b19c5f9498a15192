"""Fashion product styles: garments with colour, season and usage, no prices and no ratings."""

from collections.abc import Mapping

from importers.loader import CatalogueOnly, required_text
from importers.readings.kinds import ColumnKind, Names
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product, ProductDetails

NAME = "fashion-styles"
REQUIRED = (("id",), ("articleType",), ("baseColour",), ("productDisplayName",))

_COLUMNS = (
    *REQUIRED,
    ("gender",),
    ("masterCategory",),
    ("subCategory",),
    ("season",),
    ("usage",),
    ("year",),
    ("colorgroup",),
)
KINDS: Mapping[Names, ColumnKind] = {("id",): ColumnKind.ID}
_ATTRIBUTES = ("season", "usage", "year", "colour_group")


class FashionStylesLoader(CatalogueOnly):
    """Garments by article type."""

    columns = _COLUMNS
    kinds = KINDS

    def take(self, values: Values, sink: ImportSink) -> None:
        written_id, article, shade, name, gender, main, under, *further = self._select(values)
        number, title = required_text(written_id, "id"), required_text(name, "title")
        kind, colour = required_text(article, "article type"), fields.text(shade)
        if not self._listings.takes(number, colour=colour):
            return
        sink.product(
            Product(
                product_id=ProductId(number),
                category_id=self.put_category(fields.slug(kind), kind, sink),
                title=title,
                colour=None if colour is None else colour.casefold(),
            ),
            ProductDetails(
                product_id=ProductId(number),
                category_path=tuple(filter(None, (fields.text(main), fields.text(under), kind))),
                gender=(fields.text(gender) or "").casefold() or None,
                attributes=tuple(
                    (word, text)
                    for word, value in zip(_ATTRIBUTES, further, strict=True)
                    if (text := fields.text(value)) is not None
                ),
            ),
        )

    def finish(self, sink: ImportSink) -> None:
        if self._listings.repeated:
            sink.notes.append(f"{self._listings.repeated:,} rows repeat a product")
        sink.absent |= {
            "events": "the data set is a catalogue: it has no views, carts or purchases",
            "prices": "the data set has no prices",
            "ratings": "the data set has no ratings, so nothing can be ranked by them",
        }
