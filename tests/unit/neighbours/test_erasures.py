"""Erased sessions in the session index, and the list that has them."""

from dataclasses import replace

import numpy as np
import pytest

from personalization.domain.errors import StoreFullError
from personalization.domain.identifiers import SessionId
from personalization.neighbours import erasures as module
from personalization.neighbours.erasures import (
    ERASURE_LIST,
    NOTHING_ERASED,
    Erasures,
    digest_number,
    emptied_version,
    empty_sessions,
    session_digest,
    sessions_with_products,
    sessions_within,
    without_erased,
)
from personalization.neighbours.index_bytes import decode_index, encode_index
from personalization.neighbours.past_session import PastSession
from personalization.neighbours.scores import neighbour_scores
from personalization.neighbours.session_index import SessionIndex, build_index
from tests.builders.moments import NOON

KEYED = Erasures(key="a key")
PRODUCTS = [f"p{number}" for number in range(12)]


def digest(number: int) -> str:
    return session_digest(KEYED.key, SessionId(f"session-{number}"))


def past(count: int = 300) -> list[PastSession]:
    """Return random sessions, more of each product than there are neighbours."""
    random = np.random.default_rng(3)
    return [
        PastSession(
            number,
            tuple(random.choice(PRODUCTS, random.integers(2, 7)).tolist()),
            digest=digest_number(digest(number)),
        )
        for number in range(count)
    ]


def scores(index: SessionIndex, *newest_first: str) -> dict[str, float]:
    numbers, found = neighbour_scores(index, newest_first)
    return {index.products[number]: score for number, score in zip(numbers, found, strict=True)}


def test_scores_are_those_of_an_index_built_without_the_session_bit_for_bit() -> None:
    sessions = past()
    index = build_index(sessions)
    # The newest, which are neighbours of nearly everybody.
    gone = range(280, 300)
    masked = without_erased(index, KEYED.with_more(map(digest, gone), NOON, "ann"))
    built = build_index([past for number, past in enumerate(sessions) if number not in gone])
    # Rarity is counted anew by the night alone.
    without = replace(built, rarity=index.rarity)
    assert built.products == index.products

    for asked in (("p1",), ("p3", "p7", "p2"), ("p11", "p0")):
        assert scores(masked, *asked) == scores(without, *asked)
        assert scores(masked, *asked) != scores(index, *asked)


def test_emptied_sessions_are_gone_and_whoever_left_them_out_is_answered_as_before() -> None:
    index = build_index(past())
    # Those of one product are in no index.
    gone = sorted(sessions_within(index, list(map(digest, (5, 7, *range(280, 300))))))
    known = KEYED.with_more(gone[:1], NOON, "ann").with_more(gone[1:], NOON, "ann")
    emptied = decode_index(encode_index(empty_sessions(index, gone)))

    assert sessions_with_products(index, gone) == set(gone)
    assert sessions_with_products(emptied, gone) == frozenset()
    numbers = np.flatnonzero(np.isin(index.digests, [*map(digest_number, gone)]))
    assert len(numbers) == len(gone)
    assert not np.isin(emptied.product_sessions, numbers).any()
    assert len(emptied.session_products) < len(index.session_products)
    for asked in (("p1",), ("p3", "p7", "p2"), ("p11", "p0")):
        assert scores(emptied, *asked) == scores(without_erased(index, known), *asked)
        assert scores(without_erased(emptied, known), *asked) == scores(emptied, *asked)
    assert without_erased(emptied, known).erased_version == known.version
    assert (emptied_version(index, known), emptied_version(emptied, known)) == (0, 2)


def test_an_index_without_neighbours_left_says_nothing() -> None:
    index = build_index(past(2))
    masked = without_erased(index, KEYED.with_more([digest(0), digest(1)], NOON, "ann"))
    assert scores(index, index.products[0])
    assert scores(masked, index.products[0]) == {}


def test_the_version_is_of_the_newest_erasure_that_took_something_out() -> None:
    index = build_index(past())
    known = KEYED.with_more([digest(5)], NOON, "ann").with_more([digest(7)], NOON, "ann")
    elsewhere = known.with_more([digest(9_999)], NOON, "ann")

    assert (elsewhere.version, without_erased(index, elsewhere).erased_version) == (3, 2)
    assert without_erased(index, elsewhere.until(1)).erased_version == 1
    assert without_erased(index, KEYED) is index
    # What is taken off the list is asked again, by an index that had left it out as well.
    masked = without_erased(index, known)
    assert without_erased(masked, known.without({digest(7)})).erased_version == 1
    assert without_erased(masked, NOTHING_ERASED).erased is None


def test_an_index_of_a_former_release_is_asked_whole() -> None:
    former = build_index(session._replace(digest=0) for session in past())
    known = KEYED.with_more([digest(5)], NOON, "ann")
    assert len(former.digests) == 0
    assert without_erased(former, known) is former
    assert sessions_within(former, [digest(5)]) == frozenset()


def test_a_list_says_what_each_earlier_version_was_though_others_were_dropped() -> None:
    first = KEYED.with_more(["0a", "0b"], NOON, "ann")
    second = first.with_more(["0b", "0c", "0c"], NOON, "ann")

    assert second.erasures[1].sessions == ("0c",)
    assert second.with_more(["0a"], NOON, "ann") is second
    assert second.until(1) == first
    dropped = second.without({"0a", "0c"})
    assert dropped.sessions() == {"0b"}
    # A version never means two lists.
    assert dropped.with_more(["0d"], NOON, "ann").erasures[-1].version == 3
    assert ERASURE_LIST.decode(ERASURE_LIST.encode(second)) == second


def test_a_list_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ERASED", 2)
    full = KEYED.with_more(["0a", "0b"], NOON, "ann")
    with pytest.raises(StoreFullError):
        full.with_more(["0c"], NOON, "ann")
    assert full.with_more(["0b"], NOON, "ann") == full


def test_a_key_is_made_once_and_makes_other_digests() -> None:
    first, second = NOTHING_ERASED.with_key(), NOTHING_ERASED.with_key()
    assert first.with_key() is first
    assert first.key != second.key
    session = SessionId("session-1")
    assert session_digest(first.key, session) != session_digest(second.key, session)
