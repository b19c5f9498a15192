"""One line of a write: which product, which fields, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from personalization.catalogue.editing.category_paths import categories_of_path
from personalization.catalogue.editing.money import read_money
from personalization.catalogue.editing.product_fields import (
    FIELDS,
    NEEDED,
    PRICES,
    SAID_OTHERWISE,
    ProductField,
)
from personalization.catalogue.editing.values import read_id
from personalization.catalogue.editing.verdicts import (
    MOST_FAULTS,
    FieldFault,
    FieldFaultError,
    quote,
)
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Category, Product, ProductDetails
from personalization.domain.product_changes import ProductUpdate, WholeProduct

LONGEST_LINE: Final = 1024 * 1024
_DECODER: Final = msgspec.json.Decoder()


@dataclass(slots=True)
class ProductLine:
    number: int
    """1 for the first of the request."""
    product_id: ProductId | None = None
    product: dict[str, Any] = field(default_factory=dict)
    """What is given of `Product`, by its names."""
    details: dict[str, Any] = field(default_factory=dict)
    categories: tuple[Category, ...] = ()
    """Of its path, where it names no category."""
    currencies: frozenset[str] = frozenset()
    """What the signs beside its prices may stand for; none where there are none."""
    errors: list[FieldFault] = field(default_factory=list)
    warnings: list[FieldFault] = field(default_factory=list)

    def refuse(self, code: str, detail: str, name: str | None = None) -> None:
        if len(self.errors) < MOST_FAULTS:
            self.errors.append(FieldFault(code, detail, name))

    def warn(self, code: str, detail: str, name: str | None = None) -> None:
        if len(self.warnings) < MOST_FAULTS:
            self.warnings.append(FieldFault(code, detail, name))

    def whole(self, product_id: ProductId) -> WholeProduct:
        return WholeProduct(
            Product(product_id=product_id, **self.product),
            ProductDetails(product_id=product_id, **self.details),
        )

    def update(self, product_id: ProductId) -> ProductUpdate:
        return ProductUpdate(product_id=product_id, product=self.product, details=self.details)


def read_whole(number: int, body: bytes) -> ProductLine:
    """Read all of a product; what is not named is without a value."""
    line = ProductLine(number)
    fields = _fields_of(line, body)
    if fields is None:
        return line
    _read_fields(line, {name: value for name, value in fields.items() if value is not None})
    if "category_id" not in line.product and (path := line.details.get("category_path")):
        line.categories = categories_of_path(path)
        line.product["category_id"] = line.categories[-1].category_id
    for name in NEEDED:
        refused = _is_refused(line, name) or (
            _is_refused(line, "category_path") and name != "title"
        )
        if name not in line.product and not refused:
            line.refuse(f"no_{name}", f"Give every product a `{name}`.", name)
    if line.currencies and not line.errors:
        _settle_currency(line)
    elif "currency" not in line.product and not line.errors and _has_price(line):
        line.refuse("no_currency", "Say which currency the price is in, such as EUR.", "currency")
    return line


def read_changes(
    number: int, body: bytes, allowed: frozenset[str] | None = None, product_id: str | None = None
) -> ProductLine:
    """Read the fields that are named; null takes a value away.

    Only those that are `allowed` are read, the others are warned of. The id of the address, where
    there is one, need not stand in the body.
    """
    line = ProductLine(number)
    fields = _fields_of(line, body, product_id)
    if fields is None:
        return line
    for name in [name for name in fields if allowed is not None and name not in allowed]:
        del fields[name]
        line.warn("unknown_field", "This call does not write it: it was passed over.", name)
    _read_fields(line, {name: value for name, value in fields.items() if value is not None})
    for name in [name for name, value in fields.items() if value is None]:
        _clear(line, name)
    if line.currencies and "currency" in line.product and not line.errors:
        _settle_currency(line)
    if not (line.errors or line.product or line.details):
        line.refuse("nothing_to_write", "Name at least one field to change.")
    return line


def _fields_of(
    line: ProductLine, body: bytes, product_id: str | None = None
) -> dict[str, Any] | None:
    """Return the fields without the id, None where the line cannot be read."""
    if len(body) > LONGEST_LINE:
        line.refuse("line_too_long", f"Shorten the line to {LONGEST_LINE:,} bytes.")
        return None
    try:
        fields = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        line.refuse("malformed_json", f"Write the product as a JSON object in UTF-8: {error}.")
        return None
    if not isinstance(fields, dict):
        line.refuse("not_an_object", f"Write the product as a JSON object, not {quote(fields)}.")
        return None
    given = fields.pop("id", product_id)
    if given is None:
        line.refuse("no_id", "Give every product an `id`.", "id")
        return None
    try:
        line.product_id = ProductId(read_id(given))
    except FieldFaultError as error:
        line.refuse(error.code, error.detail, "id")
        return None
    if product_id is not None and line.product_id != product_id:
        line.refuse("another_id", "The body names another product than the address.", "id")
    return fields


def _read_fields(line: ProductLine, given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        known = FIELDS.get(name)
        try:
            if known is not None:
                _take(line, known, known.read(value))
            elif name in PRICES:
                _take_price(line, name, value)
            else:
                _warn_of(line, name)
        except FieldFaultError as error:
            line.refuse(error.code, error.detail, name)
    product = line.product
    if product.get("group_id") == line.product_id:
        product["group_id"] = None
        line.warn("own_group", "A product is not its own variant: passed over.", "group_id")
    begins, ends = product.get("available_from"), product.get("available_until")
    if begins is not None and ends is not None and ends <= begins:
        line.refuse(
            "ends_before", "It ends before it begins: set a later moment.", "available_until"
        )


def _take(line: ProductLine, known: ProductField, value: object) -> None:
    target = line.details if known.in_details else line.product
    target[known.attribute] = known.cleared if value is None else value


def _take_price(line: ProductLine, name: str, value: object) -> None:
    money = read_money(value)
    target = line.details if PRICES[name] else line.product
    target[name] = money.amount
    if not money.currencies:
        return
    both = line.currencies & money.currencies if line.currencies else money.currencies
    if not both:
        raise FieldFaultError("several_currencies", "Give all prices in one currency.")
    line.currencies = both


def _settle_currency(line: ProductLine) -> None:
    """Take the currency that stands beside the prices, or hold the one that is named to it."""
    named = line.product.get("currency")
    if named is None and len(line.currencies) == 1:
        (line.product["currency"],) = line.currencies
    elif named is None:
        line.refuse(
            "ambiguous_currency",
            "The sign beside the price stands for several currencies: name one.",
            "currency",
        )
    elif named not in line.currencies:
        line.refuse(
            "another_currency", f"The currency beside the price is not {named}.", "currency"
        )


def _clear(line: ProductLine, name: str) -> None:
    known = FIELDS.get(name)
    if name in NEEDED or name == "currency":
        line.refuse("cannot_clear", "A product always has it: give another value.", name)
    elif known is not None:
        _take(line, known, None)
    elif name in PRICES:
        (line.details if PRICES[name] else line.product)[name] = None
    else:
        _warn_of(line, name)


def _warn_of(line: ProductLine, name: str) -> None:
    ours = SAID_OTHERWISE.get(name)
    said = f"Here it is called `{ours}`" if ours else "There is no such field"
    line.warn("unknown_field", f"{said}: it was passed over.", quote(name)[1:-1])


def _has_price(line: ProductLine) -> bool:
    return any(name in line.product or name in line.details for name in PRICES)


def _is_refused(line: ProductLine, name: str) -> bool:
    return any(fault.field == name for fault in line.errors)
