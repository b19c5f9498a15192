"""Which shop something belongs to."""

from typing import Final, NewType

ShopId = NewType("ShopId", str)
"""Names a shop in every key, new table, topic key and file."""
SHOP: Final = ShopId("shop")
"""The one shop that an installation serves by default."""
