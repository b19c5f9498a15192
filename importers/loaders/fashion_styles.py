"""Fashion product styles: garments with colour, season and usage, no prices and no ratings."""

from importers.duplicates import Listings
from importers.loader import CatalogueOnly
from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values, selector
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product

NAME = "fashion-styles"
REQUIRED = (("id",), ("articleType",), ("baseColour",), ("productDisplayName",))


class FashionStylesLoader(CatalogueOnly):
    """Garments by article type."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._select = selector(("id", "articleType"), REQUIRED)
        self._listings = Listings()
        self._told: set[str] = set()

    def begin(self, columns: tuple[str, ...]) -> None:
        """Learn how the file spells its columns."""
        self._select = selector(columns, REQUIRED)

    def take(self, values: Values, sink: ImportSink) -> None:
        """Turn a row into a product."""
        number, kind, colour, title = map(fields.text, self._select(values))
        if number is None:
            raise RowRejectedError("no id")
        if title is None:
            raise RowRejectedError("no title")
        if kind is None:
            raise RowRejectedError("no article type")
        if not self._listings.takes(number, colour):
            return
        category_id = CategoryId(fields.slug(kind))
        if category_id not in self._told:
            self._told.add(category_id)
            sink.category(Category(category_id=category_id, name=kind))
        sink.product(
            Product(
                product_id=ProductId(number),
                category_id=category_id,
                title=title,
                colour=None if colour is None else colour.casefold(),
            )
        )

    def finish(self, sink: ImportSink) -> None:
        """Tell what the data set lacks."""
        if self._listings.repeated:
            sink.notes.append(f"{self._listings.repeated:,} rows repeat a product")
        sink.notes.append("season and usage of a garment are not kept: the catalogue has no place")
        sink.absent |= {
            "events": "the data set is a catalogue: it has no views, carts or purchases",
            "prices": "the data set has no prices",
            "ratings": "the data set has no ratings, so nothing can be ranked by them",
        }
