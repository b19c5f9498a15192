"""What a filter means, product by product: the columns have to say the same."""

from collections.abc import Callable, Collection
from datetime import date

from personalization.catalogue.filters.fields import FieldKind, comparable, kind_of, values_of
from personalization.catalogue.filters.filter import (
    AllOf,
    AnyOf,
    Condition,
    FieldComparison,
    Filter,
    Not,
    Value,
)
from personalization.domain.identifiers import CategoryId
from personalization.domain.product import Product, ProductDetails

Below = Callable[[CategoryId], Collection[str]]


def holds(
    wanted: Filter,
    product: Product,
    details: ProductDetails | None,
    *,
    today: date,
    below: Below = lambda category_id: (category_id,),
) -> bool:
    """Say whether a product is wanted; `below` names a category and all that are below it."""
    if isinstance(wanted, AllOf):
        return all(holds(part, product, details, today=today, below=below) for part in wanted.parts)
    if isinstance(wanted, AnyOf):
        return any(holds(part, product, details, today=today, below=below) for part in wanted.parts)
    if isinstance(wanted, Not):
        return not holds(wanted.part, product, details, today=today, below=below)
    return _meets(wanted, values_of(wanted.field, product, details, today), below)


def _meets(condition: Condition, values: tuple[Value, ...], below: Below) -> bool:
    comparison = condition.comparison
    if comparison is FieldComparison.EXISTS:
        return bool(values) is condition.values[0]
    asked = [comparable(condition.field, value) for value in condition.values]
    if comparison is FieldComparison.IS:
        if kind_of(condition.field) is FieldKind.CATEGORY:
            asked = [lower for value in asked for lower in below(CategoryId(str(value)))]
        # A yes is not the number one.
        return any(type(own) is type(value) and own == value for own in values for value in asked)
    numbers = [own for own in values if type(own) is float]
    bound = float(asked[0])
    if comparison is FieldComparison.AT_LEAST:
        return any(number >= bound for number in numbers)
    return any(number <= bound for number in numbers)
