import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from math import isfinite

from personalization.domain.errors import InvalidRuleError
from personalization.domain.identifiers import CategoryId, ProductId, Region, RuleId
from personalization.domain.money import CURRENCIES, MAXIMUM_PRICE, currency_digits


class RuleKind(StrEnum):
    """What a rule does; the values are the names in documents and options."""

    PIN = "pin"
    """Puts a product at a position of a placement."""
    BOOST = "boost"
    """Adds to the score of products."""
    BURY = "bury"
    """Takes off the score of products."""
    EXCLUDE = "exclude"
    """Shows products nowhere, or not in some placements."""
    OUT_OF_STOCK = "out-of-stock"
    """Shows products nowhere until they can be sold again."""
    OFFER = "offer"
    """Promises a saving to whoever takes a whole bundle."""


LARGEST_AMOUNT = 10.0
"""The best score is 1: ten times as much settles any order."""
LAST_POSITION = 50
LARGEST_PERCENT = 90
"""A larger saving is a slip of the hand."""
LARGEST_BUNDLE = 10
"""Products that are sold together: more are no bundle that a page can show."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchandisingRule:
    """One rule; raises `InvalidRuleError` with what is wrong.

    Without regions it holds everywhere, without placements on the whole page, and without times
    always. A score is one for the whole page, so boosts cannot be told apart by placement.
    """

    rule_id: RuleId
    kind: RuleKind
    product_ids: tuple[ProductId, ...] = ()
    category_ids: tuple[CategoryId, ...] = ()
    amount: float | None = None
    """What a boost adds and burying takes off; the best score is 1."""
    position: int | None = None
    """Where a product is pinned; 1 is the first position."""
    percent: int | None = None
    """What an offer takes off the sum of a bundle's prices."""
    price: Decimal | None = None
    """What an offer asks for the whole bundle instead, in units of `currency`."""
    currency: str | None = None
    """ISO 4217; products in another currency are not of the offer."""
    placements: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    """The first moment at which it no longer holds."""
    author: str
    reason: str
    """Why, in the author's words."""

    def __post_init__(self) -> None:
        self._refuse(not _ID.fullmatch(self.rule_id), "its id is letters, digits, '.', '_', '-'")
        self._refuse(not self.author.strip(), "it needs an author")
        self._refuse(not self.reason.strip(), "it needs a reason")
        self._check_times()
        self._refuse(
            self.percent is not None and self.kind is not RuleKind.OFFER,
            "only an offer takes a percentage",
        )
        self._refuse(
            (self.price is not None or self.currency is not None)
            and self.kind is not RuleKind.OFFER,
            "only an offer takes a price",
        )
        _CHECKS[self.kind](self)

    def holds_at(self, moment: datetime) -> bool:
        return (self.starts_at is None or self.starts_at <= moment) and (
            self.ends_at is None or moment < self.ends_at
        )

    def meets(self, other: "MerchandisingRule") -> bool:
        """Say whether there is a region and a moment in which both hold."""
        apart = self.regions and other.regions and not set(self.regions) & set(other.regions)
        return not (apart or _ends_before(self, other) or _ends_before(other, self))

    def _check_times(self) -> None:
        for moment in (self.starts_at, self.ends_at):
            self._refuse(moment is not None and moment.tzinfo is None, "its times need an offset")
        if self.starts_at is not None and self.ends_at is not None:
            self._refuse(self.ends_at <= self.starts_at, "'until' must be after 'from'")

    def _check_pin(self) -> None:
        self._refuse(len(self.product_ids) != 1, "a pin takes exactly one product")
        self._refuse(bool(self.category_ids), "a pin takes a product, not a category")
        self._refuse(self.amount is not None, "a pin takes no amount")
        self._refuse(len(self.placements) != 1, "a pin takes exactly one placement")
        self._refuse(
            self.position is None or not 1 <= self.position <= LAST_POSITION,
            f"a pin takes a position from 1 to {LAST_POSITION}",
        )

    def _check_weighing(self) -> None:
        amount = self.amount
        self._refuse(not (self.product_ids or self.category_ids), "it names nothing")
        self._refuse(self.position is not None, "only a pin takes a position")
        self._refuse(bool(self.placements), "a score is one for the whole page: no placements")
        self._refuse(
            amount is None or not isfinite(amount) or not 0 < amount <= LARGEST_AMOUNT,
            f"its amount is above 0 and at most {LARGEST_AMOUNT:g}",
        )

    def _check_exclusion(self) -> None:
        self._refuse(not (self.product_ids or self.category_ids), "it names nothing")
        self._refuse(self.position is not None, "only a pin takes a position")
        self._refuse(self.amount is not None, "an exclusion takes no amount")

    def _check_stock(self) -> None:
        self._check_exclusion()
        self._refuse(bool(self.category_ids), "stock is kept by product, not by category")
        self._refuse(bool(self.placements), "what is out of stock is so on the whole page")

    def _check_offer(self) -> None:
        percent, price = self.percent, self.price
        self._refuse(self.position is not None, "only a pin takes a position")
        self._refuse(self.amount is not None, "an offer takes a percentage, not an amount")
        self._refuse(bool(self.placements), "an offer holds on the whole page: no placements")
        self._refuse(
            (price is None) == (percent is None)
            or (percent is not None and not 1 <= percent <= LARGEST_PERCENT),
            f"an offer takes a percentage from 1 to {LARGEST_PERCENT}, or a price",
        )
        self._refuse(price is None and self.currency is not None, "only a price has a currency")
        if price is not None:
            self._check_price(price)

    def _check_price(self, price: Decimal) -> None:
        products, currency = set(self.product_ids), self.currency
        self._refuse(
            currency not in CURRENCIES, "a price needs its currency, a code of ISO 4217 such as EUR"
        )
        digits = currency_digits(currency or "")
        self._refuse(
            not price.is_finite()
            or not 0 < price <= MAXIMUM_PRICE
            or price != round(price, digits),
            f"its price is above 0 and has at most {digits} decimals, as {currency} has",
        )
        self._refuse(
            not self.category_ids and not 1 < len(products) <= LARGEST_BUNDLE,
            f"a price is for 2 to {LARGEST_BUNDLE} products together, or for named categories",
        )
        self._refuse(
            bool(products and self.category_ids),
            "a price is for products or for categories: make two offers",
        )

    def _refuse(self, wrong: bool, why: str) -> None:  # noqa: FBT001 (private)
        if wrong:
            raise InvalidRuleError(f"Rule {self.rule_id!r} ({self.kind}): {why}.")


def _ends_before(first: MerchandisingRule, second: MerchandisingRule) -> bool:
    return (
        first.ends_at is not None
        and second.starts_at is not None
        and first.ends_at <= second.starts_at
    )


_CHECKS: Mapping[RuleKind, Callable[[MerchandisingRule], None]] = {
    RuleKind.PIN: MerchandisingRule._check_pin,  # noqa: SLF001 (this module's own class)
    RuleKind.BOOST: MerchandisingRule._check_weighing,  # noqa: SLF001
    RuleKind.BURY: MerchandisingRule._check_weighing,  # noqa: SLF001
    RuleKind.EXCLUDE: MerchandisingRule._check_exclusion,  # noqa: SLF001
    RuleKind.OUT_OF_STOCK: MerchandisingRule._check_stock,  # noqa: SLF001
    RuleKind.OFFER: MerchandisingRule._check_offer,  # noqa: SLF001
}
