"""What is worked out of all sessions at once is what comes of looking at them one by one."""

import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.domain.event import EventType
from personalization.neighbours.past_session import Act, PastSession, steps
from personalization.neighbours.return_table import (
    SHRINK,
    STEPS_BACK,
    TIMES_SEEN,
    ReturnCounts,
    learn_returns,
)
from personalization.neighbours.session_columns import SessionColumns
from personalization.neighbours.session_index import PRODUCTS_OF_A_SESSION, build_index

_PRODUCTS = st.sampled_from([f"p{number}" for number in range(26)] + ["ż", ""])
_SESSIONS = st.lists(
    st.builds(
        PastSession,
        st.integers(0, 3),
        st.lists(_PRODUCTS, max_size=30).map(tuple),
        st.lists(
            st.builds(Act, st.integers(0, 9), _PRODUCTS, st.sampled_from([*EventType])), max_size=2
        ).map(tuple),
        st.integers(0, 2**64 - 1),
    ),
    max_size=12,
)


@given(_SESSIONS)
def test_sessions_come_back_from_their_columns(sessions: list[PastSession]) -> None:
    columns = SessionColumns.of(sessions)
    assert list(columns.sessions(range(len(sessions)))) == sessions
    half = len(sessions) // 2
    later = columns.part(half, len(sessions))
    assert list(later.sessions(range(len(later)))) == sessions[half:]


@given(_SESSIONS)
def test_returns_of_views_are_counted_as_step_by_step(sessions: list[PastSession]) -> None:
    views = [session._replace(acts=()) for session in sessions]
    times = defaultdict[tuple[int, int], int](int)
    returned = defaultdict[tuple[int, int], int](int)
    for session in views:
        for step in steps(session):
            for back, product in enumerate([*reversed(step.views)][:STEPS_BACK]):
                cell = back, min(step.views[product], TIMES_SEEN) - 1
                times[cell] += 1
                returned[cell] += product == step.next
    chances = learn_returns(views).chances
    assert bool(chances) is bool(times)
    for back, row in enumerate(chances):
        cells = [(back, column) for column in range(TIMES_SEEN)]
        overall = sum(returned[cell] for cell in cells) / (
            sum(times[cell] for cell in cells) + SHRINK
        )
        assert row == tuple(
            (returned[cell] + SHRINK * overall) / (times[cell] + SHRINK) for cell in cells
        )


@given(_SESSIONS)
def test_counts_of_two_parts_are_those_of_the_whole(sessions: list[PastSession]) -> None:
    counts, half = ReturnCounts(), len(sessions) // 2
    counts.add(sessions[:half])
    counts.add(sessions[half:])
    assert counts.table() == learn_returns(sessions)


def last_views(products: Sequence[str]) -> tuple[str, ...]:
    newest = list(dict.fromkeys(reversed(products)))[:PRODUCTS_OF_A_SESSION]
    return tuple(reversed(newest))


@given(_SESSIONS, st.integers(0, 12))
def test_an_index_has_the_newest_sessions_in_the_order_of_their_values(
    sessions: list[PastSession], maximum: int
) -> None:
    distinct = [
        PastSession(session.ended_at, last_views(session.products), digest=session.digest)
        for session in sessions
    ]
    ordered = sorted(session for session in distinct if len(session.products) > 1)
    kept = ordered[max(0, len(ordered) - maximum) :]
    index = build_index(sessions, maximum=maximum)
    assert list(index.products) == sorted({item for session in kept for item in session.products})
    assert index.ended_at.tolist() == [session.ended_at for session in kept]
    starts = index.session_starts.tolist()
    found = [
        tuple(index.products.take(index.session_products[start:end].tolist()))
        for start, end in pairwise(starts)
    ]
    assert found == [session.products for session in kept]
    if any(session.digest for session in kept):
        assert index.digests.tolist() == [session.digest for session in kept]


@pytest.mark.parametrize("length", [1, 2, 60])
def test_a_long_session_counts_its_newest_steps_back_only(length: int) -> None:
    source = random.Random(length)
    views = tuple(f"p{source.randrange(40)}" for _ in range(length))
    plain = learn_returns([PastSession(1, views)])
    # An act that says nothing takes the way of sessions with acts.
    acting = PastSession(1, views, (Act(length, "other", EventType.REMOVE_FROM_CART),))
    assert learn_returns([acting]).chances == plain.chances
