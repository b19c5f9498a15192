"""What a profile says of its products, read without the rest of it."""

from collections.abc import Sequence

import msgspec

from personalization.catalogue.catalogue_cache import ReadsProducts
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Product


class ShownProduct(msgspec.Struct, frozen=True, gc=False):
    """What the catalogue may say otherwise by now; what is missing counts as said otherwise."""

    product_id: ProductId
    category_id: CategoryId = CategoryId("")
    title: str = ""
    price: float | None = None
    currency: str = ""
    image_url: str | None = None
    rating: float | None = None

    def is_current(self, product: Product | None) -> bool:
        return product is None or (
            self.price == product.price
            and self.title == product.title
            and self.category_id == product.category_id
            and self.currency == product.currency
            and self.image_url == product.image_url
            and self.rating == product.rating
        )


class ShownScores(msgspec.Struct, frozen=True, gc=False):
    products: tuple[ShownProduct, ...] = ()


def are_current(shown: Sequence[ShownProduct], catalogue: ReadsProducts) -> bool:
    """Return whether the catalogue says the same of all, as far as it answers and knows them."""
    try:
        known = catalogue.products([product.product_id for product in shown])
    except StoreUnavailableError:
        return True
    return all(product.is_current(known.get(product.product_id)) for product in shown)
