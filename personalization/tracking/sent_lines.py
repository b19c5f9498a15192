"""The products of an event with what is said of each, line by line.

A line that cannot be used costs itself and not its event: it is left out and named, and the event
is refused only if no line is left. Everything that runs parallel to the products stays so.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, NoReturn

from personalization.domain.event import EventType
from personalization.domain.identifiers import ProductId
from personalization.domain.money import CURRENCIES, MAXIMUM_PRICE, micros_of
from personalization.tracking.event_warning import EventWarning, warning
from personalization.tracking.rejection import (
    EventRejection,
    RejectedEventError,
    checked_id,
    reject,
    reject_missing,
)
from personalization.tracking.wire_event import WireEvent, WireId

MAXIMUM_PRODUCTS: Final = 100
"""Products of one event: a long checkout, or a screen full of impressions."""
MAXIMUM_QUANTITY: Final = 100_000
"""Of a line: wholesalers order by the ten thousand."""
MAXIMUM_SLOT: Final = 1_000
PRODUCTS_OF_AN_EVENT: Final[Mapping[EventType, int]] = {
    EventType.PRODUCT_VIEW: 1,
    EventType.CATEGORY_VIEW: 0,
    EventType.ADD_TO_CART: 1,
    EventType.CHECKOUT: MAXIMUM_PRODUCTS,
    EventType.IMPRESSION: MAXIMUM_PRODUCTS,
    EventType.FEEDBACK: 1,
    EventType.REMOVE_FROM_CART: 1,
    EventType.REFUND: MAXIMUM_PRODUCTS,
    EventType.DWELL: 1,
    EventType.HOVER: 1,
    EventType.LOGIN: 0,
    EventType.CONSENT: 0,
}
WITH_LINES: Final = frozenset(
    {
        EventType.ADD_TO_CART,
        EventType.REMOVE_FROM_CART,
        EventType.CHECKOUT,
        EventType.REFUND,
    }
)
"""What has quantities and prices."""


@dataclass(frozen=True, slots=True)
class EventLines:
    """What the event keeps of its lines; all but the products may be empty."""

    product_ids: tuple[ProductId, ...] = ()
    slots: tuple[int, ...] = ()
    quantities: tuple[int, ...] = ()
    unit_price_micros: tuple[int, ...] = ()
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class _SentLine:
    product_id: WireId
    slot: int | None = None
    quantity: int | None = None
    unit_price: Decimal | None = None
    currency: str | None = None


@dataclass(slots=True)
class LineReader:
    """Reads the lines of one event and gathers what it has to say about them."""

    wire: WireEvent
    kind: EventType
    warnings: list[EventWarning] = field(default_factory=list)

    def read(self, known: Container[ProductId]) -> EventLines:
        """Return the lines of known products; raises `RejectedEventError` if none is left."""
        most = PRODUCTS_OF_AN_EVENT[self.kind]
        if has_too_many(self.wire):
            # Before a line is made of each: there may be half a million.
            self._reject_too_many(most)
        bare = self._bare_product() if most else None
        if bare is not None:
            return EventLines(product_ids=(_known_product(bare, known),))
        if most == 0:
            self._warn_of_useless(("product_id", "product_ids", "lines", "slots"))
            return EventLines(slots=_checked_slots(_slots(self.wire), 1))
        lines = self._lines()
        if not lines:
            reject_missing("product_id", self.kind)
        if len(lines) > most:
            self._reject_too_many(most)
        slots = self._check_slots(len(lines))
        parallel = len(slots) == len(lines)
        if parallel:
            lines = [replace(line, slot=slot) for line, slot in zip(lines, slots, strict=True)]
        else:
            _checked_slots(slots, len(lines))
        kept = self._usable(lines, known)
        if self.kind in WITH_LINES:
            kept = _merge_lines(kept)
        prices, currency = self._prices(kept)
        return EventLines(
            product_ids=tuple(ProductId(str(line.product_id)) for line in kept),
            slots=tuple(line.slot for line in kept if line.slot is not None) if parallel else slots,
            quantities=self._quantities(kept),
            unit_price_micros=prices,
            currency=currency,
        )

    def _bare_product(self) -> WireId | None:
        """Return the product where the event says no more of it than its id, as most do."""
        wire = self.wire
        is_bare = (
            wire.product_id != ""
            and self.kind is not EventType.IMPRESSION
            and wire.product_ids is None
            and wire.lines is None
            and wire.slot is None
            and wire.slots is None
            and wire.quantity is None
            and wire.unit_price is None
            and wire.currency is None
        )
        return wire.product_id if is_bare else None

    def _reject_too_many(self, most: int) -> NoReturn:
        text = "one product" if most == 1 else f"{most or 'no'} products"
        reject("too_long", f"A {self.kind} event takes {text}: send several events.")

    def _lines(self) -> Sequence[_SentLine]:
        wire = self.wire
        if wire.lines is not None and self.kind in WITH_LINES:
            self._warn_of_products_beside_lines()
            return [
                _SentLine(
                    "" if line.product_id is None else line.product_id,
                    quantity=line.quantity,
                    unit_price=line.unit_price,
                    currency=line.currency,
                )
                for line in wire.lines
            ]
        if wire.lines is not None:
            self._warn_of_useless(("lines",))
        return self._lines_of_ids()

    def _lines_of_ids(self) -> Sequence[_SentLine]:
        wire = self.wire
        ids = list(wire.product_ids or ())
        # A list that was sent empty says that there is no product.
        single = (
            [wire.product_id]
            if wire.product_id not in {None, ""} and wire.product_ids != []
            else []
        )
        others = [product for product in single if str(product) not in set(map(str, ids))]
        if ids and others:
            why = "`product_id` stood beside `product_ids` and was added to them: send one."
            self.warnings.append(warning("merged_product", why, map(str, others)))
        ids += others
        if len(ids) != 1 or self.kind not in WITH_LINES:
            self._warn_of_useless(("quantity", "unit_price"))
            return [_SentLine(product_id) for product_id in ids]
        return [_SentLine(ids[0], quantity=wire.quantity, unit_price=wire.unit_price)]

    def _check_slots(self, products: int) -> tuple[int, ...]:
        slots = _slots(self.wire)
        if self.kind is EventType.IMPRESSION and len(slots) != products:
            needs = "An impression needs one slot for each product: send `slots`."
            reject("invalid_field", needs)
        return tuple(slots)

    def _usable(self, lines: Sequence[_SentLine], known: Container[ProductId]) -> list[_SentLine]:
        """Return the lines that can be used, naming the others; raises if there is none."""
        kept: list[_SentLine] = []
        faults: dict[str, tuple[EventRejection, list[str]]] = {}
        for line in lines:
            try:
                _check(line, known)
            except RejectedEventError as error:
                rejection = error.rejection
                faults.setdefault(rejection.code, (rejection, []))[1].append(str(line.product_id))
            else:
                kept.append(line)
        if not kept:
            first, _ = next(iter(faults.values()))
            reject(first.code, first.detail)
        for code, (rejection, names) in faults.items():
            count = f"{len(names)} of {len(lines)} products were left out. "
            self.warnings.append(warning(code, count + rejection.detail, names))
        return kept

    @staticmethod
    def _quantities(kept: Sequence[_SentLine]) -> tuple[int, ...]:
        if all(line.quantity is None for line in kept):
            return ()
        return tuple(1 if line.quantity is None else line.quantity for line in kept)

    def _prices(self, kept: Sequence[_SentLine]) -> tuple[tuple[int, ...], str | None]:
        """Return what the lines cost, all in one currency; nothing where that cannot be said."""
        sent = [line.unit_price for line in kept if line.unit_price is not None]
        named = (line.currency or self.wire.currency for line in kept)
        currencies = {currency.upper() for currency in named if currency}
        fault = ""
        if sent and len(sent) < len(kept):
            fault = "some lines have no `unit_price`"
        elif len(currencies) > 1:
            fault = "an order has one currency"
        elif not currencies <= CURRENCIES:
            fault = "`currency` is a code of ISO 4217 such as EUR"
        if fault:
            why = f"The prices were left out, since {fault}: correct it."
            self.warnings.append(warning("prices_left_out", why, sorted(currencies)))
        if fault or not sent:
            return (), None
        micros = tuple(price for price in map(micros_of, sent) if price is not None)
        return micros, next(iter(currencies), None)

    def _warn_of_products_beside_lines(self) -> None:
        wire = self.wire
        self._warn_of_useless(("quantity", "unit_price"))
        in_lines = {str(line.product_id) for line in wire.lines or ()}
        beside = [
            *(wire.product_ids or ()),
            *([] if wire.product_id is None else [wire.product_id]),
        ]
        others = [str(product) for product in beside if str(product) not in in_lines]
        if others:
            why = "An event with `lines` takes its products from them: give these a line, too."
            self.warnings.append(warning("not_in_lines", why, others))

    def _warn_of_useless(self, fields: Iterable[str]) -> None:
        unused = [name for name in fields if getattr(self.wire, name) is not None]
        if unused:
            self.warnings.append(unused_fields(self.kind, unused))


def unknown_fields(names: Sequence[str]) -> list[EventWarning]:
    if not names:
        return []
    why = "There are no such fields, so they were passed over: correct or leave them out."
    return [warning("unknown_field", why, names)]


def unused_fields(kind: EventType, fields: Iterable[str]) -> EventWarning:
    return warning("unused_field", f"A {kind} event makes no use of these: leave them out.", fields)


def has_too_many(wire: WireEvent) -> bool:
    """Return whether the event names more products or slots than any event takes."""
    products, lines, slots = wire.product_ids, wire.lines, wire.slots
    return (
        (products is not None and len(products) > MAXIMUM_PRODUCTS)
        or (lines is not None and len(lines) > MAXIMUM_PRODUCTS)
        or (slots is not None and len(slots) > MAXIMUM_PRODUCTS)
    )


def product_ids_in(wire: WireEvent) -> set[ProductId]:
    sent = [*_single(wire), *(wire.product_ids or ())]
    sent += [line.product_id for line in wire.lines or () if line.product_id is not None]
    return {ProductId(str(product)) for product in sent if product != ""}


def _single(wire: WireEvent) -> list[WireId]:
    return [] if wire.product_id is None or wire.product_id == "" else [wire.product_id]


def _slots(wire: WireEvent) -> list[int]:
    if wire.slots is None:
        return [] if wire.slot is None else [wire.slot]
    beside = wire.slot is not None and wire.product_id is not None
    merged = beside and str(wire.product_id) not in set(map(str, wire.product_ids or ()))
    return [*wire.slots, wire.slot] if merged and wire.slot is not None else wire.slots


def _checked_slots(slots: Sequence[int], products: int) -> tuple[int, ...]:
    if len(slots) > products:
        reject("invalid_field", "There are more slots than products: correct them.")
    for slot in slots:
        _check_slot(slot)
    return tuple(slots)


def _check_slot(slot: int) -> None:
    if not 0 <= slot <= MAXIMUM_SLOT:
        reject("invalid_field", f"A slot is a number from 0 to {MAXIMUM_SLOT}.")


def _merge_lines(lines: Iterable[_SentLine]) -> list[_SentLine]:
    """Add up lines of one product at one price: the shopper bought more of it, no other product."""
    merged: dict[object, _SentLine] = {}
    for line in lines:
        key = str(line.product_id), line.unit_price, line.currency
        before = merged.setdefault(key, line)
        if before is not line:
            pieces = (before.quantity or 1) + (line.quantity or 1)
            merged[key] = replace(before, quantity=min(pieces, MAXIMUM_QUANTITY))
    return list(merged.values())


def _known_product(sent: WireId, known: Container[ProductId]) -> ProductId:
    product_id = ProductId(checked_id("product_id", sent))
    if product_id not in known:
        reject(
            "unknown_product",
            f"The catalogue has no product {product_id!r}: import it, or correct the id.",
        )
    return product_id


def _check(line: _SentLine, known: Container[ProductId]) -> None:
    _known_product(line.product_id, known)
    if line.slot is not None:
        _check_slot(line.slot)
    if line.quantity is not None and not 1 <= line.quantity <= MAXIMUM_QUANTITY:
        reject("bad_quantity", f"`quantity` is a whole number from 1 to {MAXIMUM_QUANTITY}.")
    if line.unit_price is not None and micros_of(line.unit_price) is None:
        most = f"from 0 to {MAXIMUM_PRICE} with at most six decimals"
        reject("bad_price", f"`unit_price` is a number {most}.")
