from collections.abc import Container, Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.errors import KINDS, WRONG_SHAPE, ProblemError
from api.http.asked_ids import asked_ids
from api.http.json_answers import json_answer
from api.http.raw_paths import ELSEWHERE
from api.openapi import OF_REGION, WRONG_REQUEST, json_of, problems
from api.schemas.catalogue import (
    ProductCard,
    ProductCards,
    ProductList,
    product_card,
    ranked_product,
)
from api.state import ApiServices, state_of
from api.tracking.request_events import hints_of
from personalization.catalogue.page_details import NO_DETAILS
from personalization.domain.errors import UnknownProductError
from personalization.domain.identifiers import ProductId
from personalization.domain.prior import PriorKey, PriorTable, RankedList

router = APIRouter(prefix="/v1/products", tags=["catalogue"])
ProductPath = Annotated[
    str, Path(max_length=128, description="Id of a product; `-` for the one that `id` names.")
]
IdQuery = Annotated[
    str | None,
    Query(max_length=128, description="The id, where the path has `-`: no path carries `..`."),
]
Limit = Annotated[int, Query(ge=1, le=100, description="Products at most.")]


def meant_id(in_path: str, in_query: str | None) -> str:
    return in_query if in_path == ELSEWHERE and in_query is not None else in_path


def cards_of(
    services: ApiServices, product_ids: Sequence[ProductId]
) -> dict[ProductId, ProductCard]:
    found = services.catalogue.read_products(product_ids)
    wanted = {product.category_id for product in found.values()}
    categories = services.catalogue.read_categories(sorted(wanted))
    names = {category_id: category.name for category_id, category in categories.items()}
    details = services.catalogue_cache.page_details(list(found))
    counts = services.small_counts
    return {
        key: product_card(
            item, names.get(item.category_id, ""), details.get(key, NO_DETAILS), counts
        )
        for key, item in found.items()
    }


def ranked_products(services: ApiServices, members: RankedList) -> ProductList:
    """Return the members of a ranked list that the catalogue still has."""
    cards = cards_of(services, [ProductId(member.member_id) for member in members])
    existing = [(cards.get(ProductId(member.member_id)), member) for member in members]
    return ProductList(
        [
            ranked_product(card, member, services.small_counts)
            for card, member in existing
            if card is not None
        ]
    )


def members_of(services: ApiServices, table: PriorTable, key: str) -> RankedList:
    """Return a list of the active generation, empty where there is none."""
    generation = services.priors.active()
    if generation is None:
        return ()
    return services.priors.read_many(generation.generation_id, [(table, key)]).get((table, key), ())


def shown_members(request: Request, table: PriorTable, key: str) -> RankedList:
    """Return what may be shown to the sender of a list of products."""
    return shown_lists(request, [(table, key)]).get((table, key), ())


def shown_lists(request: Request, keys: Sequence[PriorKey]) -> Mapping[PriorKey, RankedList]:
    """Return what may be shown to the sender of lists of products; those that there are."""
    services = state_of(request.scope).services
    generation = services.priors.active()
    if generation is None:
        return {}
    lists = services.priors.read_many(generation.generation_id, keys)
    region = hints_of(request.headers, request.query_params.get("region")).region
    visible = services.visible_lists(services.clock.now(), region)
    if not visible.hides_anything:
        return lists
    hidden = visible.hidden_among(
        [member.member_id for members in lists.values() for member in members]
    )
    return {
        key: tuple(member for member in members if member.member_id not in hidden)
        for key, members in lists.items()
    }


@router.get("", responses={200: json_of(ProductCards, "The products."), **WRONG_REQUEST})
def read_products(
    request: Request,
    id: Annotated[  # noqa: A002 - the name in the query
        list[str] | None, Query(max_length=100, description="Id of a product; may be repeated.")
    ] = None,
    ids: Annotated[
        str | None,
        Query(max_length=16_000, description="Ids, comma-separated; a comma within one is %2C."),
    ] = None,
) -> Response:
    """Return several products at once, at most 100."""
    if id is None and ids is None:
        raise ProblemError(WRONG_SHAPE, "Name products: `?id=a&id=b` or `?ids=a,b`.")
    services = state_of(request.scope).services

    def look_up(candidates: Sequence[str]) -> Container[str]:
        return services.catalogue.read_products(list(map(ProductId, candidates)))

    query: bytes = request.scope["query_string"]
    wanted = [ProductId(asked) for asked in asked_ids(query, look_up)]
    cards = cards_of(services, wanted)
    return json_answer(ProductCards([cards[key] for key in wanted if key in cards]))


@router.get(
    "/{product_id:id}",
    responses={
        200: json_of(ProductCard, "The product."),
        **problems(KINDS[UnknownProductError], WRONG_SHAPE),
    },
)
def read_product(
    request: Request,
    product_id: ProductPath,
    id: IdQuery = None,  # noqa: A002 - the name in the query
) -> Response:
    """Return one product."""
    wanted = meant_id(product_id, id)
    return json_answer(_existing(state_of(request.scope).services, ProductId(wanted)))


@router.get(
    "/{product_id:id}/similar",
    openapi_extra=OF_REGION,
    responses={
        200: json_of(ProductList, "What shoppers who viewed this viewed next."),
        **problems(KINDS[UnknownProductError], WRONG_SHAPE),
    },
)
def read_similar(
    request: Request,
    product_id: ProductPath,
    limit: Limit = 12,
    id: IdQuery = None,  # noqa: A002 - the name in the query
) -> Response:
    """Return the products viewed next most often, each with its probability."""
    services = state_of(request.scope).services
    product = _existing(services, ProductId(meant_id(product_id, id)))
    # Of a variant nothing is known but what is known of its parent.
    counted = product.group_id or product.product_id
    members = shown_members(request, PriorTable.PRODUCT_AFFINITY, counted)
    others = tuple(member for member in members if member.member_id != counted)
    return json_answer(ranked_products(services, others[:limit]))


def _existing(services: ApiServices, product_id: ProductId) -> ProductCard:
    card = cards_of(services, [product_id]).get(product_id)
    if card is None:
        raise UnknownProductError(f"The catalogue has no product {product_id!r}.")
    return card
