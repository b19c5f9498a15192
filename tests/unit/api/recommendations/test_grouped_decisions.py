"""Decisions of requests that come at once are kept in one append."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import cast

import pytest

from api.recommendations import grouped_decisions
from api.recommendations.grouped_decisions import GroupedDecisions
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from tests.builders.decision_record import a_decision_record
from tests.waiting import eventually

PATIENCE_SECONDS = 20.0


class SlowHistory:
    """Takes an append only when it is let."""

    def __init__(self) -> None:
        self.appends: list[list[str]] = []
        self.free = Event()
        self.is_away = False

    def append(self, records: Sequence[DecisionRecord]) -> None:
        self.appends.append([record.decision.decision_id for record in records])
        self.free.wait(PATIENCE_SECONDS)
        if self.is_away:
            raise StoreUnavailableError


class Requests:
    """Threads that keep decisions."""

    def __init__(self, history: SlowHistory, threads: ThreadPoolExecutor) -> None:
        self._decisions = GroupedDecisions(cast("DecisionHistory", history))
        self._threads = threads

    def keep(self, *names: str) -> None:
        self._decisions.keep([a_decision_record(name) for name in names])

    def begin(self, *names: str) -> "Future[None]":
        """Ask for decisions to be kept, and come back once they wait or are being written."""
        before = self._decisions.waiting
        asked = self._threads.submit(self.keep, *names)
        eventually(lambda: self._decisions.waiting == before + len(names))
        return asked


@pytest.fixture
def history() -> SlowHistory:
    return SlowHistory()


@pytest.fixture
def requests(history: SlowHistory) -> Iterator[Requests]:
    with ThreadPoolExecutor() as threads:
        yield Requests(history, threads)
        history.free.set()


def test_what_comes_during_a_round_shares_the_next_one(
    history: SlowHistory, requests: Requests
) -> None:
    asked = [requests.begin(name) for name in "abcd"]
    history.free.set()
    for answer in asked:
        answer.result(PATIENCE_SECONDS)

    assert history.appends == [["a"], ["b", "c", "d"]]


def test_every_request_of_a_round_that_failed_hears_of_it_and_later_ones_go_on(
    history: SlowHistory, requests: Requests
) -> None:
    history.is_away = True
    asked = [requests.begin(name) for name in "abc"]
    history.free.set()
    failures = [type(answer.exception(PATIENCE_SECONDS)) for answer in asked]
    history.is_away = False
    requests.keep("d")

    assert failures == [StoreUnavailableError] * 3
    assert history.appends == [["a"], ["b", "c"], ["d"]]


def test_a_round_has_a_largest_size_and_the_first_of_the_rest_writes_the_next(
    history: SlowHistory, requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouped_decisions, "MOST_AT_ONCE", 2)
    asked = [requests.begin(name) for name in "abcde"]
    history.free.set()
    for answer in asked:
        answer.result(PATIENCE_SECONDS)

    assert history.appends == [["a"], ["b", "c"], ["d", "e"]]


def test_too_many_that_wait_are_not_kept(
    history: SlowHistory, requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouped_decisions, "MOST_WAITING", 2)
    asked = [requests.begin(name) for name in "ab"]
    with pytest.raises(StoreUnavailableError, match="waiting"):
        requests.keep("c")
    history.free.set()
    for answer in asked:
        answer.result(PATIENCE_SECONDS)
    requests.keep("c")

    assert history.appends[-1] == ["c"]
