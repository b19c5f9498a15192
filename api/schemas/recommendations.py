"""What a page asks of rows and of the order of its own lists, and what it is answered."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from personalization.domain.asked import Strategy
from personalization.domain.identifiers import ProductId
from personalization.policies.placement import MOST_SLOTS
from personalization.recommendations.request import MOST_RANKED
from personalization.tracking.event_warning import EventWarning

MOST_ROWS: Final = 12
MOST_EXCLUDED: Final = 1_000
MOST_SENT_LINES: Final = 1_000
"""Of a cart, of which fewer count."""
MOST_ANCHORS: Final = 100
_LONGEST_CURSOR: Final = 16_384

Id = Annotated[str, Meta(min_length=1, max_length=128)]
Product = Annotated[ProductId, Meta(min_length=1, max_length=128)]
Words = Annotated[str, Meta(max_length=200)]
Count = Annotated[int, Meta(ge=1, le=MOST_SLOTS)]
Code = Annotated[str, Meta(max_length=10)]
Name = Annotated[str, Meta(max_length=60)]


class CartItem(msgspec.Struct, frozen=True):
    """A line of a cart; whatever else it says is not looked at."""

    product_id: Product


class AskedCap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many products of the row share a value, such as two of a brand."""

    field: Name
    """`brand`, `category`, `colour` or any other field of filters, such as `attributes.fit`."""
    most: Count


class AskedRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row by the name of its placement, or by a strategy.

    What it says goes before what the placement's settings say.
    """

    placement: Name | None = None
    strategy: Strategy | None = None
    title: Annotated[str, Meta(max_length=100)] | None = None
    product_id: Product | None = None
    """What the row is about: the product of the page."""
    product_ids: Annotated[list[Product], Meta(max_length=MOST_ANCHORS)] = []
    """Several of them."""
    cart: Annotated[list[Product | CartItem], Meta(max_length=MOST_SENT_LINES)] = []
    """The products of the cart. 100 different ones count, the last that are named."""
    category_id: Id | None = None
    words: Words = ""
    """What was searched for."""
    market: Code | None = None
    """Country (ISO 3166) where it is sold; that of the visit where absent."""
    filter: dict[str, Any] | None = None
    """Only what it holds for; with the placement's own, both have to hold."""
    exclude: Annotated[list[Product], Meta(max_length=MOST_EXCLUDED)] = []
    count: Count | None = None
    cursor: Annotated[str, Meta(max_length=_LONGEST_CURSOR)] = ""
    """That of the answer before, for more of the same list."""
    fallbacks: Annotated[list[Strategy], Meta(max_length=len(Strategy))] | None = None
    """Strategies that fill the row where it is short, in this order."""
    caps: Annotated[list[AskedCap], Meta(max_length=10)] | None = None


class RowsQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rows of one page. What an earlier row shows is not repeated in a later one."""

    session_id: str
    rows: Annotated[list[AskedRow], Meta(min_length=1, max_length=MOST_ROWS)]
    region: Code | None = None
    """Country of a new visitor; read from Accept-Language where absent."""
    device: Code | None = None
    """mobile, tablet or desktop; read from User-Agent where absent."""


class ScoredId(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    product_id: Product
    score: float | None = None
    """What the shop itself thinks of it, on any scale: more is better."""


class RankQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of the shop's own, such as what its search found, to be put into order."""

    session_id: str
    product_ids: Annotated[list[Product], Meta(max_length=MOST_RANKED)] = []
    items: Annotated[list[ScoredId], Meta(max_length=MOST_RANKED)] = []
    """Instead of `product_ids`, where the shop has scores of its own."""
    count: Annotated[int, Meta(ge=1, le=MOST_RANKED)] | None = None
    """How many come back; all of them where it is absent."""
    placement: Name | None = None
    words: Words = ""
    market: Code | None = None
    filter: dict[str, Any] | None = None
    score_share: Annotated[float, Meta(ge=0, le=0.9)] = 0.3
    """The weight of the shop's own scores beside what else is known."""
    region: Code | None = None
    device: Code | None = None


class ShownItem(msgspec.Struct, frozen=True, gc=False):
    """A product of a row, with what a card needs."""

    product_id: str
    slot: int
    """Echo it with impressions and outcomes."""
    score: float
    propensity: float
    """The probability of being drawn into its slot, given the slots before it."""
    explored: bool
    source: str
    """The strategy whose list it is of."""
    reason: str
    title: str
    category_id: str
    category_name: str
    price: float | None
    currency: str
    image_url: str | None
    brand: str | None
    list_price: float | None
    """The price before a reduction."""
    availability: str
    page_url: str | None


class RankedItem(msgspec.Struct, frozen=True, gc=False):
    product_id: str
    slot: int
    score: float
    propensity: float
    explored: bool


class ShownRow(msgspec.Struct, frozen=True, omit_defaults=True):
    placement: str
    title: str
    strategy: Strategy
    """The one that found most of the products."""
    items: list[ShownItem]
    fell_back_from: Strategy | None = None
    """The one that was asked for, where it found too few."""
    short: str | None = None
    """Why there are fewer than asked for."""
    cursor: str | None = None
    """Send it with the same row for more; absent at the end of the list."""
    decision_id: str | None = None
    """Repeat it with events of the row; absent where it is empty."""
    decision_token: str | None = None
    """While the session has no event: send it with the first ones."""


class RowsAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rows, in the order in which they were asked for."""

    session_id: str
    recorded: bool
    """False where neither history nor log took the decisions: nothing can be learned of them."""
    rows: list[ShownRow]
    warnings: list[EventWarning] = []
    """What of the question was corrected, and what could not be looked up."""


class RankedList(msgspec.Struct, frozen=True, omit_defaults=True):
    """The products of the list, in the order to show."""

    session_id: str
    recorded: bool
    items: list[RankedItem]
    unknown: list[str] = []
    """What the catalogue does not know."""
    left_out: list[str] = []
    """What a rule, the market, the stock or the filter keeps from being shown."""
    short: str | None = None
    """Why there are none."""
    decision_id: str | None = None
    decision_token: str | None = None
    """While the session has no event: send it with the first ones."""
    warnings: list[EventWarning] = []


RECOMMENDATION_SHAPES: Final = (RowsQuestion, RankQuestion, RowsAnswer, RankedList)
