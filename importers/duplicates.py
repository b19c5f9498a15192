"""Products that a catalogue lists more than once."""

from collections import Counter


class Listings:
    """Decides which of several rows of one product is taken: the last of the most complete.

    It keeps a 64-bit hash for each product, about 100 bytes, not the rows.
    """

    def __init__(self) -> None:
        self._completeness: dict[int, int] = {}
        self.repeated = 0
        """Rows of products that were listed before."""
        self.unknown: Counter[str] = Counter()
        """Of the rows that were taken: how many do not have the value of a name."""

    def takes(self, product_id: str, **known: object) -> bool:
        """Whether the row is taken; `known` are the values that may be unknown (None)."""
        key = hash(product_id)
        completeness = sum(value is not None for value in known.values())
        before = self._completeness.get(key)
        if before is not None:
            self.repeated += 1
            if completeness < before:
                return False
        self._completeness[key] = completeness
        self.unknown.update(name for name, value in known.items() if value is None)
        return True
