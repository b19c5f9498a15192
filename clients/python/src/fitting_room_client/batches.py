"""Long lists are cut into calls, and each thing in them gets its verdict, in order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

import msgspec
from msgspec import UNSET

from fitting_room_client.calls import Body, Call, constant_body
from fitting_room_client.catalogue import (
    CatalogueAnswer,
    FieldNote,
    ShopCategory,
    ShopProduct,
    StockUpdate,
    WriteVerdict,
)
from fitting_room_client.erasures import ErasureBegun, ErasureOrder
from fitting_room_client.errors import UnreadableAnswerError
from fitting_room_client.events import EventAnswer, EventFrame, EventVerdict, ServerEvent
from fitting_room_client.operations import (
    CATEGORIES_OF_A_CALL,
    CATEGORY_BYTES_OF_A_CALL,
    ERASE,
    EVENT_BYTES_OF_A_CALL,
    PRODUCT_BYTES_OF_A_CALL,
    PRODUCTS_OF_A_CALL,
    PUT_CATEGORIES,
    PUT_PRODUCTS,
    SESSIONS_OF_AN_ERASURE,
    TRACK,
    USERS_OF_AN_ERASURE,
    WRITE_STOCK,
    Operation,
)
from fitting_room_client.wire import to_json

T = TypeVar("T")
A = TypeVar("A")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Batch(Generic[A, V]):
    """One call, and how its answer is read as a verdict for each thing that it sent."""

    call: Call[A]
    verdicts_of: Callable[[A], list[V]]


def event_batches(
    events: Iterable[ServerEvent], most: int, decision_tokens: Iterable[str] = ()
) -> Iterator[Batch[EventAnswer, EventVerdict]]:
    tokens = tuple(decision_tokens)
    for part in _stretches(events, most, EVENT_BYTES_OF_A_CALL):
        yield Batch(
            Call(TRACK, TRACK.path, body=_frame(part.bodies, tokens)),
            _reader_of_events(len(part.bodies)),
        )


def product_batches(
    products: Iterable[ShopProduct],
) -> Iterator[Batch[CatalogueAnswer, WriteVerdict]]:
    return _line_batches(PUT_PRODUCTS, products, PRODUCTS_OF_A_CALL, PRODUCT_BYTES_OF_A_CALL)


def stock_batches(updates: Iterable[StockUpdate]) -> Iterator[Batch[CatalogueAnswer, WriteVerdict]]:
    return _line_batches(WRITE_STOCK, updates, PRODUCTS_OF_A_CALL, PRODUCT_BYTES_OF_A_CALL)


def category_batches(
    categories: Iterable[ShopCategory],
) -> Iterator[Batch[CatalogueAnswer, WriteVerdict]]:
    return _line_batches(PUT_CATEGORIES, categories, CATEGORIES_OF_A_CALL, CATEGORY_BYTES_OF_A_CALL)


def erasure_batches(
    session_ids: Iterable[str], user_ids: Iterable[str]
) -> Iterator[Batch[ErasureBegun, str]]:
    """Yield calls that name everybody; their verdicts are ids of receipts."""
    sessions, users = tuple(session_ids), tuple(user_ids)
    if not sessions and not users:
        raise ValueError("Name `session_ids` or `user_ids`: nobody is erased.")
    while sessions or users:
        order = ErasureOrder(
            session_ids=sessions[:SESSIONS_OF_AN_ERASURE], user_ids=users[:USERS_OF_AN_ERASURE]
        )
        sessions, users = sessions[SESSIONS_OF_AN_ERASURE:], users[USERS_OF_AN_ERASURE:]
        call = Call(ERASE, ERASE.path, body=constant_body(to_json(order)))
        yield Batch(call, lambda answer: list(answer.request_ids))


@dataclass(frozen=True, slots=True)
class _Stretch:
    before: int
    """Things in the parts before it."""
    bodies: tuple[bytes, ...]


def _stretches(things: Iterable[object], most: int, most_bytes: int) -> Iterator[_Stretch]:
    """Yield them as JSON; what is larger than a call goes alone, and the service refuses it."""
    before = size = 0
    bodies: list[bytes] = []
    for thing in things:
        body = to_json(thing)
        if bodies and (len(bodies) == most or size + len(body) > most_bytes):
            yield _Stretch(before, tuple(bodies))
            before, size, bodies = before + len(bodies), 0, []
        bodies.append(body)
        size += len(body) + 1
    if bodies:
        yield _Stretch(before, tuple(bodies))


def _frame(bodies: tuple[bytes, ...], tokens: tuple[str, ...]) -> Body:
    events = tuple(map(msgspec.Raw, bodies))

    def at(moment: datetime) -> bytes:
        return to_json(EventFrame(events=events, sent_at=moment, decision_token=tokens or UNSET))

    return at


def _reader_of_events(sent: int) -> Callable[[EventAnswer], list[EventVerdict]]:
    def read(answer: EventAnswer) -> list[EventVerdict]:
        if len(answer.verdicts) != sent:
            raise UnreadableAnswerError(
                f"{sent} events were sent, and {len(answer.verdicts)} verdicts came back."
            )
        return list(answer.verdicts)

    return read


def _line_batches(
    operation: Operation[CatalogueAnswer], things: Iterable[object], most: int, most_bytes: int
) -> Iterator[Batch[CatalogueAnswer, WriteVerdict]]:
    for part in _stretches(things, most, most_bytes):
        body = constant_body(b"[" + b",".join(part.bodies) + b"]")
        yield Batch(
            Call(operation, operation.path, body=body),
            _reader_of_lines(part.before, len(part.bodies)),
        )


def _reader_of_lines(before: int, sent: int) -> Callable[[CatalogueAnswer], list[WriteVerdict]]:
    def read(answer: CatalogueAnswer) -> list[WriteVerdict]:
        verdicts = [replace(given, line=given.line + before) for given in answer.verdicts]
        is_cut = bool(verdicts) and verdicts[-1].verdict == "failed"
        if len(verdicts) != sent and not (is_cut and len(verdicts) < sent):
            raise UnreadableAnswerError(
                f"{sent} lines were sent, and {len(verdicts)} verdicts came back."
            )
        # After a failure nothing was written: the lines that follow it have failed as well.
        lines = range(before + len(verdicts) + 1, before + sent + 1)
        return [
            *verdicts,
            *(WriteVerdict(line, "failed", errors=_reasons(verdicts)) for line in lines),
        ]

    return read


def _reasons(verdicts: list[WriteVerdict]) -> tuple[FieldNote, ...]:
    return verdicts[-1].errors
