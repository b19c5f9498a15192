"""Orders held to the catalogue's prices: anybody can send one, of any price and quantity."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import ProductId
from personalization.domain.money import MICROS, rounded_micros
from personalization.ports.catalogue import Catalogue
from personalization.settings.experiments import ExperimentSettings

_ORDERS = {EventType.CHECKOUT, EventType.REFUND}


@dataclass(slots=True)
class OrderPrices:
    catalogue: Catalogue
    settings: ExperimentSettings
    micros: dict[ProductId, int] = field(default_factory=dict)
    """Of what was ordered, in millionths; 0 where the catalogue knows no price."""
    cut: int = 0
    """Orders of which a line counts for less than it says."""
    _currencies: dict[ProductId, str | None] = field(default_factory=dict)
    """None where the catalogue knows no price."""

    def read(self, events: Sequence[Event]) -> None:
        """Read the prices of what was ordered."""
        orders = (event for event in events if event.type in _ORDERS)
        unread = {product for event in orders for product in event.line_ids} - self.micros.keys()
        products = self.catalogue.read_products(sorted(unread)) if unread else {}
        for product_id in unread:
            product = products.get(product_id)
            price = product.price if product is not None else None
            self.micros[product_id] = rounded_micros(price or 0.0)
            known = product is not None and price is not None
            self._currencies[product_id] = product.currency if product and known else None

    def hold(self, event: Event) -> Event:
        """Return the event with the prices and quantities that count of an order."""
        if event.type not in _ORDERS:
            return event
        most = self.settings.counted_quantity
        sent = zip(event.line_ids, event.unit_price_micros, strict=False)
        prices = tuple(self._hold(product, micros, event.currency) for product, micros in sent)
        quantities = tuple(min(quantity, most) for quantity in event.quantities)
        held = replace(event, unit_price_micros=prices, quantities=quantities)
        self.cut += held != event
        return held

    def _hold(self, product: ProductId, sent: int, currency: str | None) -> int:
        known, ours = self.micros[product], self._currencies[product]
        if ours is None:
            return min(sent, round(self.settings.unpriced * MICROS))
        if currency not in {None, ours}:
            # Sums of several currencies are no money.
            return known
        return min(sent, round(self.settings.price_ratio * known))
