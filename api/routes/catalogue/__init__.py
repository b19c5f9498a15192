"""The shop's own catalogue, read and written by its servers."""

from typing import Final

from api.routes.catalogue import categories, products

CATALOGUE_NOUNS: Final = (products, categories)
