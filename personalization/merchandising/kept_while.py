"""What was made of a generation, a catalogue and rules, kept until one of them is another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from personalization.domain.identifiers import ProductId
from personalization.domain.prior import Generation
from personalization.domain.product import Product
from personalization.merchandising.in_force import RulesInForce

KEPT_RULES: Final = 4
"""Rules that hold side by side, each in some regions; those of a time before are among them."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[_Key, _Value]):
    generation: Generation
    products: Mapping[ProductId, Product]
    by_rules: dict[RulesInForce, dict[_Key, _Value]] = field(default_factory=dict)


class KeptWhile(Generic[_Key, _Value]):
    """Any number of threads may ask."""

    def __init__(self, most: int) -> None:
        """Keep a few more values than `most` under the same rules."""
        self._most = most
        self._kept: _Kept[_Key, _Value] | None = None

    def made_of(
        self, generation: Generation, products: Mapping[ProductId, Product], rules: RulesInForce
    ) -> dict[_Key, _Value]:
        """Return what is kept, for the caller to add to; nothing in it changes or goes.

        `products` are what the catalogue knows: the same object while none becomes another.
        """
        kept = self._kept
        if kept is None or kept.generation is not generation or kept.products is not products:
            kept = self._kept = _Kept(generation, products)
        values = kept.by_rules.get(rules)
        if values is None or len(values) > self._most:
            if len(kept.by_rules) >= KEPT_RULES:
                kept = self._kept = _Kept(generation, products)
            values = kept.by_rules[rules] = {}
        return values
