"""`PUT /v1/catalogue/products` and `POST /v1/catalogue/availability`: bodies that are streams."""

from functools import partial
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from api.catalogue.bulk_write import NDJSON, BulkWrite
from api.edge.refusals import BODY_FRAMING, BODY_TOO_SLOW, TOO_MANY_BODIES
from api.errors import (
    BATCH_TOO_LARGE,
    BODY_BUSY,
    BODY_TOO_LARGE,
    BUSY_WRITES,
    KINDS,
    MALFORMED_BODY,
    MALFORMED_JSON,
    UNKNOWN_ENCODING,
    UNKNOWN_MEDIA_TYPE,
    WRONG_SHAPE,
)
from api.keys.callers import caller_of
from api.openapi import json_of, merge_answers, problems, reference
from api.schemas.catalogue_writes import WriteAnswer
from api.state import state_of
from personalization.catalogue.editing.product_fields import STOCK_FIELDS
from personalization.catalogue.editing.product_line import read_changes, read_whole
from personalization.catalogue.editing.verdicts import LineVerdict
from personalization.catalogue.editing.wire_product import CatalogueProduct, ProductStock
from personalization.domain.errors import StoreFullError

PRODUCTS_ROUTE: Final = "/v1/catalogue/products"
AVAILABILITY_ROUTE: Final = "/v1/catalogue/availability"


class ReplaceProducts:
    """The endpoint: a product a line, each replaced as a whole."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        writes = state_of(scope).catalogue_writes
        with writes.place():
            write = writes.begin(caller_of(scope).author, "catalogue.put")
            bulk = BulkWrite(write, read_whole, write.put, writes.large)
            await bulk.answer(Headers(scope=scope), receive, send)


class WriteAvailability:
    """The endpoint: stock, price and availability of a product a line, nothing else of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        writes = state_of(scope).catalogue_writes
        with writes.place():
            write = writes.begin(caller_of(scope).author, "catalogue.availability")
            read = partial(read_changes, allowed=STOCK_FIELDS)
            bulk = BulkWrite(write, read, write.update, writes.large)
            await bulk.answer(Headers(scope=scope), receive, send)


_SHIRT: Final = {
    "id": "shirt-1-m",
    "group_id": "shirt-1",
    "title": "Blue linen shirt, M",
    "category_path": ["Men", "Shirts"],
    "size": "M",
    "colour": "blue",
    "price": 39.5,
    "list_price": 49.0,
    "currency": "EUR",
    "stock": 12,
    "image": "https://shop.example/shirt-1.jpg",
    "page": "https://shop.example/shirts/1",
}
_STOCK: Final = {"id": "shirt-1-m", "stock": 0, "price": 35.0}


def bulk_paths() -> dict[str, Any]:
    """Return the two routes as OpenAPI has them."""
    return {
        PRODUCTS_ROUTE: {
            "put": _operation(
                ("put_products", "Write many products, each as a whole."),
                "What a product's line does not name is without a value then. A product that "
                "is not there is made, one that is retired comes back.",
                CatalogueProduct,
                _SHIRT,
            )
        },
        AVAILABILITY_ROUTE: {
            "post": _operation(
                ("write_availability", "Write stock, price and availability of many products."),
                "Only these fields are written, whoever else writes the others at the same time; "
                "null takes a value away.",
                ProductStock,
                _STOCK,
            )
        },
    }


def _operation(
    name: tuple[str, str], description: str, shape: type, example: dict[str, Any]
) -> dict[str, Any]:
    one = {"$ref": reference(shape)}
    content: dict[str, Any] = {
        "application/json": {
            "schema": {"anyOf": [{"type": "array", "items": one}, one]},
            "example": [example],
        },
        # A line is such an object; no schema can say that of a whole text.
        NDJSON: {"schema": {"type": "string"}},
    }
    return {
        "tags": ["catalogue"],
        "operationId": name[0],
        "summary": name[1],
        "description": f"{description} The body is read as it comes, at most 64 MiB and 100,000 "
        "products, plain or packed with gzip or deflate. Lines are stored some hundred at a time, "
        "and each is answered once it is stored: of a call that was cut, all lines without a "
        "verdict were not. The same call again does no harm.",
        "requestBody": {"required": True, "content": content},
        "responses": merge_answers(
            {200: json_of(WriteAnswer, "A verdict for each product, in order.")},
            {200: json_of(LineVerdict, "A verdict a line for NDJSON.", NDJSON)},
            {422: json_of(WriteAnswer, "Every product was rejected.")},
            problems(
                MALFORMED_JSON,
                MALFORMED_BODY,
                BODY_FRAMING,
                BODY_TOO_SLOW,
                BODY_TOO_LARGE,
                BATCH_TOO_LARGE,
                UNKNOWN_ENCODING,
                UNKNOWN_MEDIA_TYPE,
                WRONG_SHAPE,
                TOO_MANY_BODIES,
                BODY_BUSY,
                BUSY_WRITES,
                KINDS[StoreFullError],
            ),
        ),
    }
