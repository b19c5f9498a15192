"""Open requests are bounded, and leave room for the shop; what is done names nobody."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.domain.errors import StoreFullError
from personalization.domain.identifiers import SessionId
from personalization.erasure import erasure_request
from personalization.erasure.erasure_request import (
    THE_PERSON,
    ErasureRequest,
    ErasureState,
    RequestBook,
    requests_of,
)
from tests.builders.moments import NOON

SESSION = SessionId("5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[RequestBook]:
    with closing(SqlitePlanStore(tmp_path / "plans.sqlite", 0)) as plans:
        yield RequestBook(plans)


def ask(book: RequestBook, by: str) -> ErasureRequest:
    (request,) = requests_of([SESSION], (), by, NOON)
    book.add(request)
    return request


def finish_live(book: RequestBook, request: ErasureRequest) -> None:
    book.change(request.request_id, lambda known: replace(known, state=ErasureState.LIVE_DONE))


def test_people_cannot_take_the_room_of_the_shop(
    book: RequestBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure_request, "MOST_OF_PEOPLE", 3)
    for _ in range(3):
        finish_live(book, ask(book, THE_PERSON))
    with pytest.raises(StoreFullError, match="3 erasures are open"):
        ask(book, THE_PERSON)
    ask(book, "merchant")
    assert len(book.open().waiting) == 1
    assert len(book.open().night) == 3


def test_a_request_that_finds_no_room_names_nobody(
    book: RequestBook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(erasure_request, "MOST_WAITING", 0)
    with pytest.raises(StoreFullError):
        ask(book, "merchant")
    assert not any(SESSION.encode() in body for body in bodies_in(tmp_path))


def test_what_is_done_is_no_longer_open_and_no_file_knows_whom_it_named(
    book: RequestBook, tmp_path: Path
) -> None:
    request = ask(book, "merchant")
    finish_live(book, request)
    assert any(SESSION.encode() in body for body in bodies_in(tmp_path))
    book.change(request.request_id, lambda known: known.anonymous())
    book.close(request.request_id)
    assert book.open_ids() == ()
    assert book.read(request.request_id).sessions == ()
    assert not any(SESSION.encode() in body for body in bodies_in(tmp_path))


def bodies_in(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir() if path.is_file()]


def test_many_visits_are_parts_that_each_store_takes() -> None:
    sessions = [SessionId(f"session-{number}") for number in range(12_000)]
    parts = requests_of(sessions, (), "merchant", NOON)
    assert [part.session_count for part in parts] == [5_000, 5_000, 2_000]
    assert len({part.request_id for part in parts}) == 3


def test_receipts_are_kept_for_a_time_after_all_of_it_is_done(book: RequestBook) -> None:
    waiting, recent, old = (ask(book, "merchant") for _ in range(3))
    for request, done_at in ((recent, NOON), (old, NOON - timedelta(days=500))):
        done = replace(request.anonymous(), state=ErasureState.DONE, done_at=done_at)
        book.change(request.request_id, partial(lambda done, _: done, done))
    assert book.prune(NOON - timedelta(days=400)) == 1
    assert not book.has(old.request_id)
    assert book.has(waiting.request_id)
    assert book.read(recent.request_id).done_at == NOON
