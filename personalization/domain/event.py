from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from operator import mul
from typing import TypeVar

from personalization.domain.consent import Consent, ConsentPurpose, agrees
from personalization.domain.identifiers import (
    BundleId,
    CategoryId,
    DecisionId,
    EventId,
    OrderId,
    ProductId,
    Region,
    SessionId,
    UserId,
)

_Value = TypeVar("_Value")
STAR_RANGE = (1.0, 5.0)


class EventType(StrEnum):
    """What happened; the values are the names used on the wire and in the history."""

    PRODUCT_VIEW = "product_view"
    CATEGORY_VIEW = "category_view"
    ADD_TO_CART = "add_to_cart"
    CHECKOUT = "checkout"
    IMPRESSION = "impression"
    FEEDBACK = "feedback"
    REMOVE_FROM_CART = "remove_from_cart"
    REFUND = "refund"
    """Products that were paid back, all of an order or some of its lines."""
    DWELL = "dwell"
    """How long a product was in sight while nothing else happened."""
    HOVER = "hover"
    """How long the pointer rested on a product."""
    LOGIN = "login"
    """A visit became a person's. Only the API makes one, of an attested user."""
    CONSENT = "consent"
    """The shopper gave or withdrew consent. Only the API makes one."""

    is_evidence: bool
    """Whether it says something of the shopper, so that a profile is made with it."""
    is_attention: bool
    """Whether it only says how long something was looked at."""
    is_interaction: bool
    """Whether the shopper acted, as opposed to something being on screen or looked at."""
    is_of_product: bool
    """Whether the shopper acted on a product."""

    takes_back: "EventType | None"
    """What a removal or a refund undoes."""

    def __init__(self, name: str) -> None:
        # Attributes and not properties: a decision asks them some two hundred times.
        self.is_evidence = name not in {"impression", "consent"}
        self.is_attention = name in {"dwell", "hover"}
        self.is_interaction = self.is_evidence and not self.is_attention and name != "login"
        self.is_of_product = self.is_interaction and name != "category_view"
        self.takes_back = None


EventType.REMOVE_FROM_CART.takes_back = EventType.ADD_TO_CART
EventType.REFUND.takes_back = EventType.CHECKOUT


@dataclass(frozen=True, slots=True)
class PastAct:
    """What a person did with a product in another visit, as a login brings it along."""

    product_id: ProductId
    type: EventType
    occurred_at: datetime
    reward: float
    """As it was worth when the login was taken, so that counting again gives the same."""


class Device(StrEnum):
    MOBILE = "mobile"
    TABLET = "tablet"
    DESKTOP = "desktop"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact, flat so that log, history and Spark share its columns.

    `product_ids` holds one product for a view, cart or feedback event, every line of a
    checkout or refund, and the products on screen of an impression; `slots` runs parallel to it
    for impressions and holds the clicked slot for interactions that came from a decision.
    `quantities` and `unit_price_micros` run parallel to it where the sender told them.
    """

    event_id: EventId
    session_id: SessionId
    type: EventType
    occurred_at: datetime
    received_at: datetime
    product_ids: tuple[ProductId, ...] = ()
    category_id: CategoryId | None = None
    region: Region | None = None
    device: Device = Device.UNKNOWN
    user_id: UserId | None = None
    decision_id: DecisionId | None = None
    slots: tuple[int, ...] = ()
    bundle_id: BundleId | None = None
    thumb: int | None = None
    """+1 or -1."""
    rating: float | None = None
    """1 to 5 stars."""
    quantities: tuple[int, ...] = ()
    unit_price_micros: tuple[int, ...] = ()
    """Millionths of `currency`."""
    currency: str | None = None
    """ISO 4217; the catalogue's where it is absent."""
    order_id: OrderId | None = None
    duration_ms: int | None = None
    """Of a dwell or hover."""
    variant_ids: tuple[ProductId, ...] = ()
    """What each line named, where one of them is a variant: `product_ids` has its parent."""
    attested: bool | None = None
    """Of an order or its refund: whether the shop's server said so, with a secret key. None where
    that is not asked for, as of what came before it was."""
    consent: Consent | None = None
    """What the shopper has agreed to; None where nothing was said of it, which is not a no."""
    past: tuple[PastAct, ...] = ()
    """Of a login: what the person did in other visits, the newest of each product."""

    @property
    def is_worthless(self) -> bool:
        """Whether it is an order, or its refund, of which a server should speak and has not."""
        return self.attested is False

    @property
    def is_refused(self) -> bool:
        """Whether nothing may be chosen by it, nor by what its session did before."""
        return not agrees(self.consent, ConsentPurpose.PERSONALIZE)

    @property
    def is_kept(self) -> bool:
        """Whether it may be used for anything; that a shopper refused is kept as a proof of it."""
        return self.consent != () or self.type is EventType.CONSENT

    @property
    def product_id(self) -> ProductId | None:
        return self.product_ids[0] if self.product_ids else None

    @property
    def line_ids(self) -> tuple[ProductId, ...]:
        """What was named, looked at, bought: variants, whose parents count."""
        return self.variant_ids or self.product_ids

    def pieces_of(self, product_id: ProductId) -> int | None:
        """Return how many pieces of a product it is about; None where it does not say."""
        if len(self.quantities) != len(self.product_ids):
            return None
        lines = zip(self.product_ids, self.quantities, strict=True)
        return sum(quantity for product, quantity in lines if product == product_id)

    def with_parents(self, parents: Mapping[ProductId, ProductId]) -> "Event":
        """Return the event with the parents that variants count as, itself where it has none."""
        named = self.line_ids
        if not parents or parents.keys().isdisjoint(named):
            return self
        counted = tuple(parents.get(product, product) for product in named)
        return replace(self, product_ids=counted, variant_ids=named)

    def with_lines(self, places: Sequence[int]) -> "Event":
        """Return an impression with only these of its products."""

        def cut(values: tuple[_Value, ...]) -> tuple[_Value, ...]:
            is_parallel = len(values) == len(self.product_ids)
            return tuple(values[place] for place in places) if is_parallel else ()

        return replace(
            self,
            product_ids=cut(self.product_ids),
            slots=cut(self.slots),
            variant_ids=cut(self.variant_ids),
        )

    def value_micros(self, prices: Mapping[ProductId, int]) -> int:
        """Return what its lines are worth, by their own prices or else by those of a catalogue.

        Both are in millionths; a product without a price is worth nothing.
        """
        each = self.unit_price_micros or [prices.get(product, 0) for product in self.line_ids]
        quantities = self.quantities or (1,) * len(each)
        return sum(map(mul, each, quantities))


def received_order(event: Event) -> tuple[datetime, datetime, EventId]:
    """Return what sorts events as the API received them: their order in the log."""
    return event.received_at, event.occurred_at, event.event_id
