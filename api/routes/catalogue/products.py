"""Products as the shop's own servers read and write them, one by one."""

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.catalogue.product_lists import list_products, place_of, products_of
from api.errors import (
    BODY_TOO_LARGE,
    KINDS,
    MALFORMED_BODY,
    MALFORMED_JSON,
    UNKNOWN_ENCODING,
    WRONG_SHAPE,
    ProblemError,
)
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.openapi import json_of, merge_answers, problems, reference
from api.routes.products import IdQuery, ProductPath, meant_id
from api.schemas.catalogue_pages import StoredProducts
from api.schemas.problem import ProblemField
from api.state import state_of
from api.tracking.request_body import read_body
from personalization.catalogue.editing.product_line import read_changes
from personalization.catalogue.editing.product_write import ProductWrite
from personalization.catalogue.editing.verdicts import FieldFault, LineVerdict
from personalization.catalogue.editing.wire_product import ProductChanges, StoredProduct
from personalization.domain.errors import StoreFullError, UnknownProductError
from personalization.domain.identifiers import CategoryId, ProductId, id_fault
from personalization.domain.product import Availability
from personalization.domain.product_changes import ProductQuery

router = APIRouter(prefix="/v1/catalogue/products", tags=["catalogue"])
_UNKNOWN: Final = problems(KINDS[UnknownProductError], WRONG_SHAPE)
SMALL_BODY: Final = problems(
    MALFORMED_JSON, MALFORMED_BODY, BODY_TOO_LARGE, UNKNOWN_ENCODING, KINDS[StoreFullError]
)
Cursor = Annotated[
    str | None, Query(max_length=1_000, description="`next` of the page before; absent begins.")
]


def body_of(shape: type, example: dict[str, Any]) -> dict[str, Any]:
    """Return more of the operation, for one whose body is this shape."""
    content = {"schema": {"$ref": reference(shape)}, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def refuse(faults: list[FieldFault]) -> ProblemError:
    """Return the problem for what is wrong with the one thing that a call writes."""
    fields = tuple(ProblemField(fault.field or "", fault.detail) for fault in faults)
    detail = "; ".join(f"{field.pointer}: {field.detail}" for field in fields)
    return ProblemError(WRONG_SHAPE, detail, fields)


@router.get(
    "",
    responses={200: json_of(StoredProducts, "A page of products."), **problems(WRONG_SHAPE)},
)
def read_catalogue(  # noqa: PLR0913, PLR0917 - each parameter is one of the query
    request: Request,
    q: Annotated[
        str | None,
        Query(max_length=200, description="An id, or words that all stand in the title."),
    ] = None,
    category_id: Annotated[str | None, Query(max_length=128, description="Its products.")] = None,
    availability: Annotated[Availability | None, Query(description="Only such products.")] = None,
    retired: Annotated[
        bool | None, Query(description="Only retired products, or none of them.")
    ] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Products at most.")] = 100,
) -> Response:
    """Return products page by page, also those that no visitor is shown.

    A page may hold fewer than asked for; only a `next` of null is the end.
    """
    query = ProductQuery(
        category_id=None if category_id is None else CategoryId(category_id),
        availability=availability,
        is_retired=retired,
        after=place_of(cursor),
        limit=limit,
    )
    text = None if q is None else q.strip()
    return json_answer(list_products(state_of(request.scope).services.catalogue, query, text))


@router.get("/{product_id:id}", responses={200: json_of(StoredProduct, "The product."), **_UNKNOWN})
def read_stored_product(
    request: Request,
    product_id: ProductPath,
    id: IdQuery = None,  # noqa: A002 - the name in the query
) -> Response:
    """Return all that the catalogue has of a product."""
    catalogue = state_of(request.scope).services.catalogue
    wanted = ProductId(meant_id(product_id, id))
    found = products_of(catalogue, list(catalogue.read_products([wanted]).values()))
    if not found:
        raise _missing(wanted)
    return json_answer(found[0])


@router.patch(
    "/{product_id:id}",
    openapi_extra=body_of(ProductChanges, {"price": 35.0, "stock": None}),
    responses={
        200: json_of(LineVerdict, "What became of it."),
        **merge_answers(_UNKNOWN, SMALL_BODY),
    },
)
async def change_product(
    request: Request,
    product_id: ProductPath,
    id: IdQuery = None,  # noqa: A002 - the name in the query
) -> Response:
    """Change the fields that are named, and no other; null takes a value away."""
    state = state_of(request.scope)
    wanted = meant_id(product_id, id)
    limit = state.services.settings.maximum_body_bytes
    body = await read_body(request.headers, request.receive, limit)
    line = read_changes(1, body, product_id=wanted)
    if line.errors:
        raise refuse(line.errors)
    write = state.catalogue_writes.begin(caller_of(request.scope).author, "catalogue.patch")

    def work() -> LineVerdict:
        (verdict,) = write.update([line])
        write.end()
        return verdict

    verdict = await state.catalogue_writes.run(work)
    if any(fault.code == "unknown_product" for fault in verdict.errors):
        raise _missing(wanted)
    if verdict.errors:
        raise refuse(verdict.errors)
    return json_answer(verdict)


@router.delete(
    "/{product_id:id}",
    responses={200: json_of(LineVerdict, "What became of it."), **_UNKNOWN},
)
async def retire_product(
    request: Request,
    product_id: ProductPath,
    id: IdQuery = None,  # noqa: A002 - the name in the query
) -> Response:
    """Retire a product, with its variants: nobody is shown it, and it stays for history.

    Writing it again brings it back.
    """
    state = state_of(request.scope)
    wanted = ProductId(meant_id(product_id, id))
    write = state.catalogue_writes.begin(caller_of(request.scope).author, "catalogue.retire")
    verdict = await state.catalogue_writes.run(partial(_retire, write, wanted))
    if verdict is None:
        raise _missing(wanted)
    return json_answer(verdict)


def _retire(write: ProductWrite, product_id: ProductId) -> LineVerdict | None:
    verdict = write.retire(product_id) if id_fault(product_id) is None else None
    write.end()
    return verdict


def _missing(product_id: str) -> UnknownProductError:
    return UnknownProductError(f"The catalogue has no product {product_id!r}.")
