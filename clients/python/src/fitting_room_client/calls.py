"""Calls as values: what to send, and how to read what comes back. No I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, TypeVar
from urllib.parse import quote

from fitting_room_client.catalogue import (
    CategoriesToList,
    ListedCategories,
    ListedProduct,
    ListedProducts,
    ProductEdit,
    ProductsToList,
    WriteVerdict,
)
from fitting_room_client.erasures import SignedReport
from fitting_room_client.operations import (
    EDIT_PRODUCT,
    LIST_CATEGORIES,
    LIST_PRODUCTS,
    RANK,
    READ_PRODUCT,
    READ_RECEIPT,
    RETIRE_PRODUCT,
    Operation,
)
from fitting_room_client.ranking import ListToRank, RankedAnswer
from fitting_room_client.wire import to_json, to_wire

T = TypeVar("T")
Body = Callable[[datetime], bytes]
"""Makes the body at the moment of sending."""
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


_TOKEN: Final = _PLAIN | frozenset(".-~+/=:")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    operation: Operation[T]
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    session_token: str | None = field(default=None, repr=False)


def constant_body(body: bytes) -> Body:
    return lambda _: body


def list_products(wanted: ProductsToList) -> Call[ListedProducts]:
    return Call(LIST_PRODUCTS, LIST_PRODUCTS.path, _query_of(wanted))


def list_categories(wanted: CategoriesToList) -> Call[ListedCategories]:
    return Call(LIST_CATEGORIES, LIST_CATEGORIES.path, _query_of(wanted))


def read_product(product_id: str) -> Call[ListedProduct]:
    path, query = _product(READ_PRODUCT, product_id)
    return Call(READ_PRODUCT, path, query)


def edit_product(product_id: str, edit: ProductEdit) -> Call[WriteVerdict]:
    path, query = _product(EDIT_PRODUCT, product_id)
    return Call(EDIT_PRODUCT, path, query, constant_body(to_json(edit)))


def retire_product(product_id: str) -> Call[WriteVerdict]:
    path, query = _product(RETIRE_PRODUCT, product_id)
    return Call(RETIRE_PRODUCT, path, query)


def rank(wanted: ListToRank, session_token: str | None) -> Call[RankedAnswer]:
    if session_token is not None and not _TOKEN.issuperset(session_token):
        raise ValueError("`session_token` is none of the service: it has other characters.")
    return Call(RANK, RANK.path, body=constant_body(to_json(wanted)), session_token=session_token)


def read_receipt(request_id: str) -> Call[SignedReport]:
    return Call(READ_RECEIPT, READ_RECEIPT.path.format(request_id=quote(request_id, safe="")))


def _product(operation: Operation[T], product_id: str) -> tuple[str, dict[str, str]]:
    """Return path and query; an id that no path can carry as it is stands in the query."""
    if product_id and _PLAIN.issuperset(product_id):
        return operation.path.format(product_id=product_id), {}
    return operation.path.format(product_id="-"), {"id": product_id}


def _query_of(wanted: object) -> dict[str, str]:
    sent = to_wire(wanted)
    if not isinstance(sent, dict):
        raise TypeError("A query is an object.")
    texts = {True: "true", False: "false"}
    return {
        name: texts[value] if isinstance(value, bool) else str(value)
        for name, value in sent.items()
    }
