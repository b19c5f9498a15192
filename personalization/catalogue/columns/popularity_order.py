from collections.abc import Sequence

from personalization.catalogue.columns.id_index import keys_of
from personalization.domain.identifiers import ProductId


class PopularityOrder:
    """Which products come first, the best first; make one for a generation and keep it.

    Those that it does not name follow: by what was bought last month, by the count of their
    ratings, then by the CRC-32 of their ids, which is the same order in every process.
    """

    def __init__(self, product_ids: Sequence[ProductId] = ()) -> None:
        self.product_ids = tuple(dict.fromkeys(product_ids))
        self.keys = keys_of(self.product_ids)


UNORDERED = PopularityOrder()
