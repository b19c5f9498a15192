"""Pages of products for the shop itself, also of those that no visitor may see."""

from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from api.errors import WRONG_SHAPE, ProblemError
from api.schemas.catalogue_pages import StoredProducts
from personalization.catalogue.editing.wire_product import StoredProduct, stored_product
from personalization.domain.identifiers import ProductId, id_fault
from personalization.domain.product import Product
from personalization.domain.product_changes import ProductQuery
from personalization.ports.catalogue import Catalogue
from personalization.readings.title_words import words_of

MOST_WORDS: Final = 10


def list_products(catalogue: Catalogue, query: ProductQuery, text: str | None) -> StoredProducts:
    """Return a page; the product whose id the text is comes first, then those with its words.

    Raises `ProblemError` for a cursor that no page gave.
    """
    own = _of_id(catalogue, query, text)
    words = tuple(word for word in (text or "").split() if words_of(word))[:MOST_WORDS]
    shown = own if own is not None and not query.after else None
    if text is not None and not words:
        return StoredProducts(products_of(catalogue, [shown] if shown else []), None)
    limit = query.limit - (shown is not None) or 1
    try:
        page = catalogue.list_products(replace(query, words=words, limit=limit))
    except ValueError as error:
        raise ProblemError(WRONG_SHAPE, "Send `cursor` as the page before gave it.") from error
    others = [each for each in page.products if own is None or each.product_id != own.product_id]
    products = [*([shown] if shown else []), *others]
    return StoredProducts(
        products_of(catalogue, products), None if page.next is None else cursor_of(page.next)
    )


def products_of(catalogue: Catalogue, products: Sequence[Product]) -> list[StoredProduct]:
    details = catalogue.read_details([product.product_id for product in products])
    return [stored_product(product, details.get(product.product_id)) for product in products]


def place_of(cursor: str | None) -> str:
    """Return where a page begins; raises `ProblemError`."""
    try:
        return b64decode(cursor or "", altchars=b"-_", validate=True).decode()
    except (Base64Error, ValueError) as error:
        raise ProblemError(WRONG_SHAPE, "Send `cursor` as the page before gave it.") from error


def cursor_of(place: str) -> str:
    return urlsafe_b64encode(place.encode()).decode()


def _of_id(catalogue: Catalogue, query: ProductQuery, text: str | None) -> Product | None:
    if text is None or id_fault(text) is not None:
        return None
    product = catalogue.read_products([ProductId(text)]).get(ProductId(text))
    return product if product is not None and query.takes(product) else None
