"""Decisions of requests that come at once are kept in one append."""

import asyncio
from collections.abc import Sequence
from threading import Event
from typing import Any, cast

import pytest

from api.http.blocking_calls import BlockingCalls
from api.recommendations import grouped_decisions
from api.recommendations.grouped_decisions import GroupedDecisions
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from tests.builders.decision_record import a_decision_record

PATIENCE_SECONDS = 20.0


class SlowHistory:
    """Takes the first append only when it is let."""

    def __init__(self) -> None:
        self.appends: list[list[str]] = []
        self.free = Event()
        self.is_away = False

    def append(self, records: Sequence[DecisionRecord]) -> None:
        self.appends.append([record.decision.decision_id for record in records])
        self.free.wait(PATIENCE_SECONDS)
        if self.is_away:
            raise StoreUnavailableError


@pytest.fixture
def history() -> SlowHistory:
    return SlowHistory()


def decisions_over(history: SlowHistory) -> GroupedDecisions:
    return GroupedDecisions(cast("DecisionHistory", history), BlockingCalls(4))


async def begin(decisions: GroupedDecisions, *names: str) -> "asyncio.Task[Any]":
    """Ask for a decision to be kept, and come back once that is under way."""
    records = [a_decision_record(name) for name in names]
    task = asyncio.create_task(decisions.keep(records))
    await asyncio.sleep(0)
    return task


def test_what_comes_during_a_round_shares_the_next_one(history: SlowHistory) -> None:
    async def ask() -> None:
        decisions = decisions_over(history)
        tasks = [await begin(decisions, "a")]
        tasks += [await begin(decisions, name) for name in "bcd"]
        history.free.set()
        await asyncio.gather(*tasks)

    asyncio.run(ask())

    assert [name for append in history.appends for name in append] == ["a", "b", "c", "d"]
    assert len(history.appends) == 2


def test_every_request_of_a_round_that_failed_hears_of_it_and_later_ones_go_on(
    history: SlowHistory,
) -> None:
    async def ask() -> list[object]:
        decisions = decisions_over(history)
        history.is_away = True
        history.free.set()
        tasks = [await begin(decisions, "a"), await begin(decisions, "b")]
        failed = await asyncio.gather(*tasks, return_exceptions=True)
        history.is_away = False
        await decisions.keep([a_decision_record("c")])
        return list(failed)

    failures = asyncio.run(ask())

    assert [type(failure) for failure in failures] == [StoreUnavailableError] * 2
    assert history.appends[-1] == ["c"]


def test_a_client_that_went_away_costs_the_others_nothing(history: SlowHistory) -> None:
    async def ask() -> None:
        decisions = decisions_over(history)
        tasks = [await begin(decisions, "a"), await begin(decisions, "b")]
        tasks[0].cancel()
        history.free.set()
        await tasks[1]

    asyncio.run(ask())

    assert history.appends[-1] == ["b"]


def test_too_many_that_wait_are_not_kept(
    history: SlowHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouped_decisions, "MOST_WAITING", 2)

    async def ask() -> None:
        decisions = decisions_over(history)
        tasks = [await begin(decisions, "a"), await begin(decisions, "b")]
        with pytest.raises(StoreUnavailableError, match="waiting"):
            await decisions.keep([a_decision_record("c")])
        history.free.set()
        await asyncio.gather(*tasks)
        await decisions.keep([a_decision_record("c")])

    asyncio.run(ask())
