"""The contract of kept rounds: in order, once, and the later learner's holds."""

import time
from datetime import timedelta
from itertools import chain

import pytest

from personalization.domain.identifiers import DecisionId, decision_id_of
from personalization.ports.learned_rounds import LearnedRounds, PositionOutcome, SlateOutcomes
from tests.builders.moments import NOON

NOON_MS = int(NOON.timestamp() * 1000)
SESSIONS = ("00000000000000a1", "ffffffffffffff01", "8000000000000000")


@pytest.fixture
def fence() -> int:
    """Return the moment at which a learner started: now, as what is deleted is so too."""
    return time.time_ns() // 1_000


def a_slate(number: int, session: int = 0, size: int = 3, minute: int = 0) -> SlateOutcomes:
    outcomes = tuple(PositionOutcome(place, 0.1 * place - 0.1) for place in range(size))
    return SlateOutcomes(
        number=number,
        decision_id=decision_id_of(NOON, str(number)),
        session=SESSIONS[session],
        closed_at_ms=NOON_MS + 60_000 * minute,
        outcomes=outcomes,
    )


def slates_of(
    learned_rounds: LearnedRounds, first: int = 0, until: int = 10**9
) -> list[SlateOutcomes]:
    return list(chain.from_iterable(learned_rounds.read(first, until)))


def test_rounds_come_back_as_they_were_in_the_order_of_learning(
    learned_rounds: LearnedRounds, fence: int
) -> None:
    odd = SlateOutcomes(
        number=7,
        decision_id=DecisionId("not-a-uuid-of-16"[:16]),
        session=SESSIONS[2],
        closed_at_ms=NOON_MS,
        outcomes=(PositionOutcome(300, -0.0, 1.0), PositionOutcome(1, 1 / 3, 0.0)),
    )
    slates = [a_slate(0), a_slate(3, session=1, size=4), odd]

    learned_rounds.append(slates[::-1], fence)

    assert slates_of(learned_rounds) == slates
    assert str(slates_of(learned_rounds)[-1].outcomes[0].outcome) == "-0.0"
    assert slates_of(learned_rounds, 3, 7) == slates[1:2]
    assert slates_of(learned_rounds, 9) == []


def test_rounds_that_are_written_again_are_there_once(
    learned_rounds: LearnedRounds, fence: int
) -> None:
    learned_rounds.append([a_slate(0), a_slate(3)], fence)
    learned_rounds.append([a_slate(3), a_slate(6)], fence)

    assert slates_of(learned_rounds) == [a_slate(0), a_slate(3), a_slate(6)]


def test_of_two_learners_the_one_that_started_later_holds(
    learned_rounds: LearnedRounds, fence: int
) -> None:
    learned_rounds.append([a_slate(0)], fence)
    learned_rounds.append([a_slate(3, session=1)], fence + 1)
    learned_rounds.append([a_slate(3, session=2)], fence)

    assert slates_of(learned_rounds) == [a_slate(0), a_slate(3, session=1)]


def test_what_no_snapshot_has_is_discarded_when_a_learner_starts(
    learned_rounds: LearnedRounds, fence: int
) -> None:
    learned_rounds.append([a_slate(0), a_slate(3), a_slate(6)], fence)

    learned_rounds.discard_from(3, fence + 5)
    learned_rounds.append([a_slate(3, session=1)], fence + 5)

    assert slates_of(learned_rounds) == [a_slate(0), a_slate(3, session=1)]
    assert learned_rounds.count([SESSIONS[0]]) == {SESSIONS[0]: 3}


def test_a_sessions_rounds_are_counted_and_forgotten(
    learned_rounds: LearnedRounds, fence: int
) -> None:
    slates = [a_slate(0, 0), a_slate(3, 1, size=5), a_slate(8, 0), a_slate(11, 2)]
    learned_rounds.append(slates, fence)

    assert learned_rounds.forgotten_version() == 0
    assert learned_rounds.count([*SESSIONS, "0000000000000009"]) == dict(
        zip(SESSIONS, (6, 5, 3), strict=True)
    )
    assert learned_rounds.forget([SESSIONS[0]], until=8, version=4) == 3
    assert slates_of(learned_rounds) == slates[1:]
    assert learned_rounds.forget(SESSIONS[:2], until=100, version=2) == 8
    assert slates_of(learned_rounds) == slates[-1:]
    assert learned_rounds.count(SESSIONS) == {SESSIONS[2]: 3}
    assert learned_rounds.forget([], until=100, version=3) == 0
    assert learned_rounds.forgotten_version() == 4


def test_what_is_old_goes_first_and_is_said(learned_rounds: LearnedRounds, fence: int) -> None:
    slates = [a_slate(number * 3, number % 3, minute=number) for number in range(6)]
    learned_rounds.append(slates, fence)
    assert learned_rounds.pruned_until() == 0
    assert learned_rounds.prune(NOON) == 0

    assert learned_rounds.prune(NOON + timedelta(minutes=2)) == 6

    assert learned_rounds.pruned_until() == 6
    assert slates_of(learned_rounds) == slates[2:]
    assert learned_rounds.count([SESSIONS[0]]) == {SESSIONS[0]: 3}
    assert learned_rounds.prune(NOON + timedelta(hours=1)) == 12
    assert learned_rounds.pruned_until() == 18
    assert slates_of(learned_rounds) == []


def test_rounds_of_far_apart_numbers_are_read_and_pruned_in_order(
    learned_rounds: LearnedRounds, fence: int
) -> None:
    slates = [a_slate(number, minute=minute) for minute, number in enumerate([0, 499_998, 500_001])]
    far = a_slate(9_999_999, minute=3)
    learned_rounds.append([*slates, far], fence)

    assert slates_of(learned_rounds, 499_998) == [*slates[1:], far]
    assert learned_rounds.prune(NOON + timedelta(minutes=2)) == 6
    assert slates_of(learned_rounds) == [slates[2], far]
    learned_rounds.discard_from(500_001, fence + 1)
    assert slates_of(learned_rounds) == []


def test_many_rounds_are_read_in_chunks(learned_rounds: LearnedRounds, fence: int) -> None:
    slates = [a_slate(number, size=1) for number in range(2_500)]
    learned_rounds.append(slates, fence)

    chunks = list(learned_rounds.read(0, 2_400))

    assert [slate for chunk in chunks for slate in chunk] == slates[:2_400]
    assert max(map(len, chunks)) <= 1_000
