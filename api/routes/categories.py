from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.errors import NOT_FOUND, WRONG_SHAPE, ProblemError
from api.http.json_answers import json_answer
from api.openapi import OF_REGION, json_of, problems
from api.routes.products import (
    IdQuery,
    Limit,
    meant_id,
    members_of,
    ranked_products,
    shown_lists,
    shown_members,
)
from api.schemas.catalogue import CategoryList, ProductList, category_card
from api.state import ApiServices, state_of
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable, RankedList

router = APIRouter(prefix="/v1/categories", tags=["catalogue"])
CategoryPath = Annotated[str, Path(max_length=128, description="Id of a category, or `-`.")]
_PICTURED: Final = 12
"""As many as a page shows as tiles."""
_LEADERS: Final = 4
"""Of a category, among which one with a picture is looked for."""
_RANKINGS = (("rating", PriorTable.RATED_CATEGORIES), ("popularity", PriorTable.POPULAR_CATEGORIES))


@router.get(
    "",
    openapi_extra=OF_REGION,
    responses={200: json_of(CategoryList, "The categories, best first.")},
)
def read_categories(request: Request) -> Response:
    """Return every category: by mean rating, or by popularity where nothing is rated."""
    services = state_of(request.scope).services
    ranked_by, table, members = _ranking(services)
    figures = {member.member_id: member for member in members}
    order = {member.member_id: place for place, member in enumerate(members)}
    categories = sorted(
        services.catalogue.all_categories(),
        key=lambda category: (order.get(category.category_id, len(order)), category.name),
    )
    pictures = _pictures(request, [category.category_id for category in categories[:_PICTURED]])
    cards = [
        category_card(
            category,
            table,
            figures.get(category.category_id),
            services.small_counts,
            pictures.get(category.category_id),
        )
        for category in categories
    ]
    return json_answer(CategoryList(ranked_by, cards))


@router.get(
    "/{category_id:id}/products",
    openapi_extra=OF_REGION,
    responses={
        200: json_of(ProductList, "The category's leading products."),
        **problems(NOT_FOUND, WRONG_SHAPE),
    },
)
def read_category_products(
    request: Request,
    category_id: CategoryPath,
    limit: Limit = 24,
    id: IdQuery = None,  # noqa: A002 - the name in the query
) -> Response:
    """Return the category's most popular products."""
    services = state_of(request.scope).services
    category_id = meant_id(category_id, id)
    if not services.catalogue.read_categories([CategoryId(category_id)]):
        raise ProblemError(NOT_FOUND, f"The catalogue has no category {category_id!r}.")
    members = shown_members(request, PriorTable.CATEGORY_LEADERS, category_id)
    return json_answer(ranked_products(services, members[:limit]))


def _pictures(request: Request, category_ids: Sequence[CategoryId]) -> dict[str, str]:
    """Return the picture of the leading product that has one, by category."""
    keys = [(PriorTable.CATEGORY_LEADERS, str(category_id)) for category_id in category_ids]
    leaders = {
        category_id: [ProductId(member.member_id) for member in members[:_LEADERS]]
        for (_, category_id), members in shown_lists(request, keys).items()
    }
    products = state_of(request.scope).services.catalogue.read_products(
        [product_id for led in leaders.values() for product_id in led]
    )
    pictures: dict[str, str] = {}
    for category_id, led in leaders.items():
        for product_id in led:
            product = products.get(product_id)
            if product is not None and product.image_url is not None:
                pictures.setdefault(category_id, product.image_url)
    return pictures


def _ranking(services: ApiServices) -> tuple[str, PriorTable | None, RankedList]:
    for ranked_by, table in _RANKINGS:
        members = members_of(services, table, GLOBAL_SCOPE)
        if members:
            return ranked_by, table, members
    return "name", None, ()
