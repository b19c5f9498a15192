"""Two workers at one request: what both removed is in the receipt, and nothing is set back."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.domain.identifiers import SessionId, UserId
from personalization.erasure.erasure_request import (
    ErasureRequest,
    ErasureState,
    RequestBook,
    requests_of,
)
from personalization.erasure.ledger import ErasureLedger
from personalization.erasure.store_eraser import Erased, ErasedPeople, ErasurePhase, StoreEraser
from personalization.erasure.worker import SETTLE, ErasureWorker, Fenced
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock

SESSION = SessionId("5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e")


class Rows:
    """A store of one session's rows; what happens while it erases is the test's."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.meanwhile: Callable[[], object] = lambda: None

    def erase(self, _: ErasedPeople) -> Erased:
        removed = self.left - self.left // 2
        self.left -= removed
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return Erased(removed)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[RequestBook]:
    with closing(SqlitePlanStore(tmp_path / "plans.sqlite", 0)) as plans:
        yield RequestBook(plans)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def rows() -> Rows:
    return Rows(10)


@pytest.fixture
def worker(book: RequestBook, clock: SettableClock, rows: Rows, tmp_path: Path) -> ErasureWorker:
    def fence(people: ErasedPeople, *, counts: bool) -> Fenced:
        return Fenced(len(people.sessions) if counts else 0, 0)

    erasers = (
        StoreEraser("rows", (), rows.erase),
        StoreEraser("nights", (), lambda _: Erased(0), ErasurePhase.NIGHT),
    )
    ledger = ErasureLedger(tmp_path / "ledger")
    return ErasureWorker(
        book, erasers, fence, lambda _: (), lambda _: (), clock, ledger, lambda user: (user,)
    )


@pytest.fixture
def request_id(book: RequestBook) -> str:
    (request,) = requests_of([SESSION], (), "merchant", NOON)
    book.add(request)
    return request.request_id


def removed_rows(request: ErasureRequest) -> int:
    return sum(store.removed for store in request.stores)


def test_what_two_workers_removed_at_once_is_added_up(
    worker: ErasureWorker, rows: Rows, request_id: str
) -> None:
    rows.meanwhile = worker.work
    worker.work()
    assert rows.left == 2
    assert removed_rows(worker.book.read(request_id)) == 8
    assert worker.book.read(request_id).unknown == 0


def test_who_is_late_sets_nothing_back_and_names_nobody_again(
    worker: ErasureWorker, rows: Rows, clock: SettableClock, request_id: str
) -> None:
    def finish() -> None:
        worker.work()
        clock.advance(2 * SETTLE)
        worker.work()
        worker.work(ErasurePhase.NIGHT)

    rows.meanwhile = finish
    worker.work()
    done = worker.book.read(request_id)
    assert done.state is ErasureState.DONE
    assert done.sessions == ()
    assert removed_rows(done) == 10 - rows.left
    assert worker.book.open_ids() == ()


def test_before_what_is_on_its_way_has_arrived_there_is_nothing_to_do(
    worker: ErasureWorker, rows: Rows, clock: SettableClock, request_id: str
) -> None:
    worker.work()
    left = rows.left
    assert worker.work() == 1
    assert rows.left == left
    clock.advance(SETTLE)
    assert worker.work() == 0
    assert rows.left < left
    assert worker.book.read(request_id).state is ErasureState.LIVE_DONE


def test_a_visit_that_turns_up_late_is_waited_for(
    worker: ErasureWorker, clock: SettableClock, request_id: str
) -> None:
    worker.work()
    clock.advance(SETTLE)
    found = iter([1])

    def fence(_: ErasedPeople, *, counts: bool) -> Fenced:
        del counts
        return Fenced(0, 0, next(found, 0))

    object.__setattr__(worker, "fence", fence)
    assert worker.work() == 1
    clock.advance(SETTLE)
    assert worker.work() == 0
    assert worker.book.read(request_id).state is ErasureState.LIVE_DONE


def test_who_asks_meanwhile_does_not_wait_for_all_others(
    worker: ErasureWorker, rows: Rows, request_id: str
) -> None:
    for _ in range(3):
        worker.book.add(requests_of([SESSION], (), "merchant", NOON)[0])
    (late,) = requests_of([SESSION], (), "the person", NOON)
    rows.meanwhile = lambda: worker.book.add(late)
    order = list[str]()
    worker.work(on_request=lambda request: order.append(request.request_id))
    assert order.index(late.request_id) == 1
    assert order[0] == request_id
    assert len(set(order)) == 5


def test_whose_the_visits_are_is_noted_until_the_night_is_over(
    worker: ErasureWorker, clock: SettableClock
) -> None:
    ann, bob = UserId("u1-ann"), UserId("u1-bob")
    found = iter([[ann, bob], [], [bob]])
    object.__setattr__(worker, "visitors_of", lambda _: next(found, ()))
    (request,) = requests_of([SESSION], [ann], "merchant", NOON)
    worker.book.add(request)
    worker.work()
    # The history has nothing of the visit any more.
    clock.advance(SETTLE)
    worker.work()
    known = worker.book.read(request.request_id)
    assert (known.state, known.visitors) == (ErasureState.LIVE_DONE, (bob,))
    assert known.people.live_at == clock.now()
    worker.work(ErasurePhase.NIGHT)
    assert worker.book.read(request.request_id).visitors == ()
