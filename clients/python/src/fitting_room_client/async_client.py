"""The client for programs with an event loop: the same calls as `client.py`, to be awaited."""

from collections.abc import Iterable
from typing import TypeVar

import httpx

from fitting_room_client import calls
from fitting_room_client.batches import (
    Batch,
    category_batches,
    erasure_batches,
    event_batches,
    product_batches,
    stock_batches,
)
from fitting_room_client.calls import Call
from fitting_room_client.catalogue import (
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
from fitting_room_client.erasures import ErasureProof
from fitting_room_client.errors import FittingRoomError
from fitting_room_client.events import EventVerdict, ServerEvent
from fitting_room_client.exchange import Exchange, Finished, HttpAnswer, http_options
from fitting_room_client.operations import EVENTS_OF_A_CALL
from fitting_room_client.ranking import ListToRank, RankedAnswer
from fitting_room_client.retries import CallClock, MachineClock, RetryPolicy

T = TypeVar("T")
A = TypeVar("A")
V = TypeVar("V")


class AsyncFittingRoom:
    """Calls a Fitting Room with a secret key. Belongs to one event loop; close it at the end."""

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        base_url: str,
        key: str,
        *,
        retries: RetryPolicy | None = None,
        allow_http: bool = False,
        events_of_a_call: int = EVENTS_OF_A_CALL,
        clock: CallClock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`events_of_a_call` is less than 1,000 where the shop's own service takes less.

        `transport` is httpx's, for proxies and certificates of your own.
        """
        options = http_options(base_url, key, allow_http=allow_http)
        self._http = httpx.AsyncClient(**options, transport=transport)
        self._policy = retries or RetryPolicy()
        self._clock = clock or MachineClock()
        self._events_of_a_call = events_of_a_call

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._http.base_url)!r})"

    async def __aenter__(self) -> "AsyncFittingRoom":  # noqa: PYI034 - `Self` is of 3.11
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def send_events(
        self, events: Iterable[ServerEvent], *, decision_tokens: Iterable[str] = ()
    ) -> list[EventVerdict]:
        """Send events of any visits; return a verdict for each, in order.

        A rejected event is a verdict, no exception. If the call fails, send the same events again:
        each counts once by its id.
        """
        batches = event_batches(events, self._events_of_a_call, decision_tokens)
        return await self._verdicts(batches)

    async def put_products(self, products: Iterable[ShopProduct]) -> list[WriteVerdict]:
        """Write products, each as a whole."""
        return await self._verdicts(product_batches(products))

    async def write_stock(self, updates: Iterable[StockUpdate]) -> list[WriteVerdict]:
        """Write stock, prices and availability, and nothing else of the products."""
        return await self._verdicts(stock_batches(updates))

    async def put_categories(self, categories: Iterable[ShopCategory]) -> list[WriteVerdict]:
        """Write categories; the ones above them are there, or among the same thousand."""
        return await self._verdicts(category_batches(categories))

    async def list_products(self, wanted: ProductsToList | None = None) -> ListedProducts:
        """Return a page of products; go on with its `next` as `cursor` until that is None."""
        return (await self._answer(calls.list_products(wanted or ProductsToList()))).value

    async def list_categories(self, wanted: CategoriesToList | None = None) -> ListedCategories:
        """Return a page of the tree."""
        return (await self._answer(calls.list_categories(wanted or CategoriesToList()))).value

    async def read_product(self, product_id: str) -> ListedProduct:
        return (await self._answer(calls.read_product(product_id))).value

    async def edit_product(self, product_id: str, edit: ProductEdit) -> WriteVerdict:
        """Change the fields that are said."""
        return (await self._answer(calls.edit_product(product_id, edit))).value

    async def retire_product(self, product_id: str) -> WriteVerdict:
        """Let nobody be shown it any more; writing it again brings it back."""
        return (await self._answer(calls.retire_product(product_id))).value

    async def rank(self, wanted: ListToRank, *, session_token: str | None = None) -> RankedAnswer:
        """Return the order in which to show a list; the page's token lets it follow the visit."""
        return (await self._answer(calls.rank(wanted, session_token))).value

    async def erase(
        self, *, session_ids: Iterable[str] = (), user_ids: Iterable[str] = ()
    ) -> list[str]:
        """Begin to erase visits and people; return ids of receipts."""
        return await self._verdicts(erasure_batches(session_ids, user_ids))

    async def read_receipt(self, request_id: str) -> ErasureProof:
        finished = await self._answer(calls.read_receipt(request_id))
        return ErasureProof(finished.value.receipt, finished.answer.body)

    async def _verdicts(self, batches: Iterable[Batch[A, V]]) -> list[V]:
        found: list[V] = []
        try:
            for batch in batches:
                found += batch.verdicts_of((await self._answer(batch.call)).value)
        except FittingRoomError as error:
            error.taken = tuple(found)
            raise
        return found

    async def _answer(self, call: Call[T]) -> Finished[T]:
        exchange = Exchange(call, self._policy, self._clock)
        while True:
            judged = exchange.judge(await self._try(exchange))
            if isinstance(judged, Finished):
                return judged
            await self._clock.pause(judged)

    async def _try(self, exchange: Exchange[T]) -> HttpAnswer | FittingRoomError:
        """Return the answer, or why there is none: raised here, it would hold the request."""
        try:
            async with self._http.stream(
                **exchange.request(), timeout=exchange.begin()
            ) as response:
                body = bytearray()
                async for part in response.aiter_bytes():
                    body += part
                    fault = exchange.body_fault(len(body))
                    if fault is not None:
                        return fault
                return HttpAnswer(response.status_code, response.headers, bytes(body))
        except httpx.HTTPError as error:
            return exchange.failure_of(error)
