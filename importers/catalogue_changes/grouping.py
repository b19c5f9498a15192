"""Parents of the variants that a file has, and categories that lead round in a circle."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from importers.sink import ImportSink
from personalization.catalogue.groups import update_parents
from personalization.domain.errors import ImportRejectedError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category
from personalization.ports.catalogue import Catalogue

GROUPS_A_CALL = 500


def groups_of(stage: Catalogue) -> set[ProductId]:
    return {
        product.group_id
        for products in stage.all_products()
        for product in products
        if product.group_id is not None
    }


def write_parents(catalogue: Catalogue, groups: Iterable[ProductId], now: datetime) -> None:
    """Make the parents of groups what their variants say; refuses a group that is too large."""
    try:
        for some in _chunks(groups):
            update_parents(catalogue, some, now)
    except ValueError as error:
        raise ImportRejectedError(f"{error} Nothing was imported.") from error


def take_as_parents(stage: Catalogue, groups: Iterable[ProductId]) -> int:
    """Take products that are parents and variants at once for parents; return how many."""
    count = 0
    for some in _chunks(groups):
        both = [
            replace(product, group_id=None)
            for product in stage.read_products(some).values()
            if product.group_id is not None
        ]
        stage.write_products(both)
        count += len(both)
    return count


def categories_of(stage: Catalogue, catalogue: Catalogue, sink: ImportSink) -> Sequence[Category]:
    """Return the staged categories with the names and parents that only the catalogue can say."""
    known = catalogue.read_categories(sorted(sink.made_up_names | sink.made_up_places))
    return [
        _merge_category(each, known.get(each.category_id), sink) for each in stage.all_categories()
    ]


def _merge_category(staged: Category, known: Category | None, sink: ImportSink) -> Category:
    if known is None:
        return staged
    key = staged.category_id
    return Category(
        category_id=key,
        name=known.name if key in sink.made_up_names else staged.name,
        parent_id=known.parent_id if key in sink.made_up_places else staged.parent_id,
    )


def refuse_circles(staged: Sequence[Category], catalogue: Catalogue) -> None:
    """Refuse categories that are their own parents, directly or by others."""
    if not any(category.parent_id for category in staged):
        return
    parents = {category.category_id: category.parent_id for category in catalogue.all_categories()}
    parents |= {category.category_id: category.parent_id for category in staged}
    for category in staged:
        circle = _circle_of(category, parents)
        if circle:
            raise ImportRejectedError(
                f"The category {category.category_id} is its own parent: {' > '.join(circle)}."
                " Nothing was imported."
            )


def _circle_of(
    category: Category, parents: Mapping[CategoryId, CategoryId | None]
) -> Sequence[CategoryId]:
    way = [category.category_id]
    above = category.parent_id
    while above is not None and above not in way:
        way.append(above)
        above = parents.get(above)
    return () if above is None else (*way, above)


def _chunks(groups: Iterable[ProductId]) -> Iterator[list[ProductId]]:
    remaining = iter(groups)
    while chunk := list(islice(remaining, GROUPS_A_CALL)):
        yield chunk
