"""Fashion product styles: garments with colour, season and usage, no prices and no ratings."""

from collections.abc import Mapping

from importers.loader import CatalogueOnly, required_text
from importers.readings.kinds import ColumnKind, Names
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product

NAME = "fashion-styles"
REQUIRED = (("id",), ("articleType",), ("baseColour",), ("productDisplayName",))

KINDS: Mapping[Names, ColumnKind] = {("id",): ColumnKind.ID}


class FashionStylesLoader(CatalogueOnly):
    """Garments by article type."""

    columns = REQUIRED
    kinds = KINDS

    def take(self, values: Values, sink: ImportSink) -> None:
        written_id, article, shade, name = self._select(values)
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
            )
        )

    def finish(self, sink: ImportSink) -> None:
        if self._listings.repeated:
            sink.notes.append(f"{self._listings.repeated:,} rows repeat a product")
        sink.notes.append("season and usage of a garment are not kept: the catalogue has no place")
        sink.absent |= {
            "events": "the data set is a catalogue: it has no views, carts or purchases",
            "prices": "the data set has no prices",
            "ratings": "the data set has no ratings, so nothing can be ranked by them",
        }
