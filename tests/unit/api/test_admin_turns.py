"""What takes long is made once for all who ask, and few at a time."""

import asyncio
from collections.abc import Callable
from threading import Event

import pytest

from api.admin.turns import AdminTurns, LongAnswers
from api.errors import ProblemError
from personalization.domain.errors import UnknownNameError

SOON = 0.01


def test_as_many_take_turns_as_may() -> None:
    turns = AdminTurns(at_once=1)

    with turns.take(), pytest.raises(ProblemError, match="take turns"), turns.take():
        pass
    with turns.take():
        pass


def test_an_answer_that_takes_long_is_made_once_and_had_by_asking_again() -> None:
    go_on, made = Event(), []

    def make() -> int:
        go_on.wait(10)
        made.append(1)
        return 7

    async def ask() -> list[int | None]:
        answers = LongAnswers(wait_seconds=SOON)
        early = [await answers.get("report", make), await answers.get("report", make)]
        with pytest.raises(ProblemError, match="Another one"):
            await answers.get("check", make)
        go_on.set()
        late = None
        while late is None:
            late = await answers.get("report", make)
        return [*early, late, await answers.get("report", make)]

    assert asyncio.run(ask()) == [None, None, 7, 7]
    assert made == [1]


def test_an_answer_is_made_anew_when_it_is_old_or_failed() -> None:
    made: list[int] = []

    def fail() -> int:
        made.append(1)
        raise UnknownNameError

    def count() -> int:
        made.append(1)
        return len(made)

    async def ask() -> None:
        answers = LongAnswers(fresh_seconds=-1)
        for _ in range(2):
            with pytest.raises(UnknownNameError):
                await answers.get("report", fail)
        assert [await answers.get("check", count) for _ in range(2)] == [3, 4]

    asyncio.run(ask())


def test_answers_that_are_kept_are_few() -> None:
    async def ask() -> int:
        answers = LongAnswers()
        for number in range(40):
            await answers.get(f"report {number}", _seven())
        return answers.count()

    assert asyncio.run(ask()) <= 17


def _seven() -> Callable[[], int]:
    return lambda: 7
