"""Which files a night writes anew for those who were erased: each once, and none for nobody."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.erasure.erasure_request import (
    ErasureRequest,
    ErasureState,
    RequestBook,
    StoreErasure,
    requests_of,
)
from personalization.erasure.free_space import FREE_SPACE, FreeSpace
from personalization.erasure.store_eraser import ErasedPeople
from personalization.settings.storage import StorageSettings
from tests.builders.moments import NOON

SESSION = SessionId("5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e")
PEOPLE = ErasedPeople((SESSION,))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[RequestBook]:
    with closing(SqlitePlanStore(tmp_path / "plans.sqlite", 0)) as plans:
        yield RequestBook(plans)


@pytest.fixture
def storage(tmp_path: Path) -> StorageSettings:
    settings = StorageSettings(home=tmp_path)
    for file in (settings.history_file, settings.log_file, settings.people_file):
        file.touch()
    return settings


def a_request_for_tonight(book: RequestBook, **removed: int) -> ErasureRequest:
    (request,) = requests_of([SESSION], (), "merchant", NOON)
    book.add(request)
    stores = tuple(
        StoreErasure(store=name, removed=count, erased_at=NOON) for name, count in removed.items()
    )
    done = replace(request, stores=stores, state=ErasureState.LIVE_DONE)
    return book.change(request.request_id, lambda _: done)


def test_each_file_of_which_something_was_removed_is_written_once(
    book: RequestBook, storage: StorageSettings
) -> None:
    written = list[Path]()
    eraser = FreeSpace(storage, book, written.append).eraser()
    a_request_for_tonight(book, history=3, log=0)
    # What is not embedded has no file here.
    a_request_for_tonight(book, history=1, people=1, decisions=4)
    assert eraser.erase(PEOPLE).removed == 2
    assert eraser.erase(PEOPLE).removed == 2
    assert written == [storage.history_file, storage.people_file]


def test_another_night_writes_nothing_again_that_waits_for_something_else(
    book: RequestBook, storage: StorageSettings
) -> None:
    request = a_request_for_tonight(book, history=3)
    entry = StoreErasure(store=FREE_SPACE, removed=1, erased_at=NOON)
    book.change(request.request_id, lambda known: known.with_erased([entry]))
    written = list[Path]()
    assert FreeSpace(storage, book, written.append).eraser().erase(PEOPLE).removed == 0
    assert written == []


def test_a_file_that_cannot_be_written_is_tried_again(
    book: RequestBook, storage: StorageSettings
) -> None:
    tries = list[Path]()

    def rewrite(file: Path) -> None:
        tries.append(file)
        if len(tries) == 1:
            raise StoreUnavailableError("no room")

    a_request_for_tonight(book, history=3)
    eraser = FreeSpace(storage, book, rewrite).eraser()
    with pytest.raises(StoreUnavailableError, match="no room"):
        eraser.erase(PEOPLE)
    assert eraser.erase(PEOPLE).removed == 1
