from collections.abc import Sequence
from functools import cached_property
from uuid import uuid4

from personalization.domain.identifiers import ProductId


class PopularityOrder:
    """Which products come first, the best first; make one for a generation and keep it.

    Those that it does not name follow: by what was bought last month, by their ratings' count, by
    id.
    """

    def __init__(self, product_ids: Sequence[ProductId] = ()) -> None:
        self.product_ids = tuple(dict.fromkeys(product_ids))

    @cached_property
    def key(self) -> str:
        return uuid4().hex


UNORDERED = PopularityOrder()
