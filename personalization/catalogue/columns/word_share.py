from collections.abc import Sequence

from personalization.domain.product import Product
from personalization.readings.title_words import words_of


def word_shares(
    products: Sequence[Product], category_names: Sequence[str], words: str
) -> list[float]:
    """Return how much of what was searched for each product's title, brand and category say.

    0..1; of a product whose category has the name at the same place. 0 for all where nothing was
    searched for.
    """
    asked = frozenset(words_of(words))
    if not asked:
        return [0.0] * len(products)
    return [
        len(asked.intersection(words_of(f"{product.brand or ''} {name} {product.title}")))
        / len(asked)
        for product, name in zip(products, category_names, strict=True)
    ]
