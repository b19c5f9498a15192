"""The operations of the service that the client calls; a test holds them against its OpenAPI."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from fitting_room_client.catalogue import (
    CatalogueAnswer,
    CategoriesToList,
    ListedCategories,
    ListedProduct,
    ListedProducts,
    ProductEdit,
    ProductsToList,
    ShopCategory,
    ShopProduct,
    StockUpdate,
    WriteVerdict,
)
from fitting_room_client.erasures import ErasureBegun, ErasureOrder, SignedReport
from fitting_room_client.events import EVENT_TYPES, EventAnswer, EventFrame
from fitting_room_client.ranking import ListToRank, RankedAnswer

T = TypeVar("T")
KEY_HEADER: Final = "X-Fitting-Room-Key"

EVENTS_OF_A_CALL: Final = 1_000
EVENT_BYTES_OF_A_CALL: Final = 1_500_000
"""The service takes 2 MiB; the rest is for what stands beside the events."""
PRODUCTS_OF_A_CALL: Final = 5_000
"""The service takes 100,000 and 64 MiB; of smaller calls less is sent again."""
PRODUCT_BYTES_OF_A_CALL: Final = 8 * 1024 * 1024
CATEGORIES_OF_A_CALL: Final = 1_000
CATEGORY_BYTES_OF_A_CALL: Final = 1_500_000
SESSIONS_OF_AN_ERASURE: Final = 5_000
USERS_OF_AN_ERASURE: Final = 100


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    method: str
    path: str
    """Template, as the document has it."""
    answer: type[T]
    statuses: tuple[int, ...] = (200,)
    """Those that come with the answer."""
    body: type | None = None
    """Shape of the whole body; None where a bare list is sent, or nothing."""
    listed: tuple[type, ...] = ()
    """What stands in the list, which is the body or its `events`."""
    query: type | None = None


TRACK: Final = Operation(
    "POST", "/v1/track", EventAnswer, (200, 202, 403, 422), EventFrame, EVENT_TYPES
)
PUT_PRODUCTS: Final = Operation(
    "PUT", "/v1/catalogue/products", CatalogueAnswer, (200, 422), listed=(ShopProduct,)
)
WRITE_STOCK: Final = Operation(
    "POST", "/v1/catalogue/availability", CatalogueAnswer, (200, 422), listed=(StockUpdate,)
)
LIST_PRODUCTS: Final = Operation(
    "GET", "/v1/catalogue/products", ListedProducts, query=ProductsToList
)
READ_PRODUCT: Final = Operation("GET", "/v1/catalogue/products/{product_id}", ListedProduct)
EDIT_PRODUCT: Final = Operation(
    "PATCH", "/v1/catalogue/products/{product_id}", WriteVerdict, body=ProductEdit
)
RETIRE_PRODUCT: Final = Operation("DELETE", "/v1/catalogue/products/{product_id}", WriteVerdict)
PUT_CATEGORIES: Final = Operation(
    "PUT", "/v1/catalogue/categories", CatalogueAnswer, (200, 422), listed=(ShopCategory,)
)
LIST_CATEGORIES: Final = Operation(
    "GET", "/v1/catalogue/categories", ListedCategories, query=CategoriesToList
)
RANK: Final = Operation("POST", "/v1/rank", RankedAnswer, body=ListToRank)
ERASE: Final = Operation("POST", "/v1/erasures", ErasureBegun, (202,), ErasureOrder)
READ_RECEIPT: Final = Operation("GET", "/v1/erasures/{request_id}", SignedReport)

OPERATIONS: Final[tuple[Operation[object], ...]] = (
    TRACK, PUT_PRODUCTS, WRITE_STOCK, LIST_PRODUCTS, READ_PRODUCT, EDIT_PRODUCT, RETIRE_PRODUCT,
    PUT_CATEGORIES, LIST_CATEGORIES, RANK, ERASE, READ_RECEIPT,
)  # type: ignore[assignment]  # fmt: skip
