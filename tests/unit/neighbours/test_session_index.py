"""What the session index holds, and that its bytes bring all of it back or nothing."""

import hashlib
import zlib
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.domain.event import EventType
from personalization.neighbours import session_index
from personalization.neighbours.index_bytes import (
    DamagedIndexError,
    chunks_of,
    decode_index,
    encode_index,
    join_chunks,
)
from personalization.neighbours.past_session import PastSession
from personalization.neighbours.return_table import ReturnTable
from personalization.neighbours.session_index import SessionIndex, build_index
from personalization.neighbours.signal_weights import SignalWeights

SESSIONS = (
    PastSession(30, ("c", "a", "c", "b")),
    PastSession(10, ("a", "b")),
    PastSession(20, ("b", "a")),
    PastSession(40, ("a", "a")),
)


def sessions_in(index: SessionIndex) -> list[list[str]]:
    numbers, starts = index.session_products, index.session_starts
    return [
        [index.products[number] for number in numbers[first:last]]
        for first, last in pairwise(starts)
    ]


def sessions_of(index: SessionIndex, product: str) -> Sequence[int]:
    number, starts = index.products.number_of(product), index.product_starts
    found: list[int] = index.product_sessions[starts[number] : starts[number + 1]].tolist()
    return found


def as_values(index: SessionIndex) -> tuple[object, ...]:
    arrays = (
        index.session_starts,
        index.session_products,
        index.product_starts,
        index.product_sessions,
        index.rarity,
        index.ended_at,
        index.digests,
    )
    plain = [(array.dtype.kind, array.tolist()) for array in arrays]
    return (index.products, plain, index.returns, index.weights)


def test_sessions_are_numbered_by_their_end_with_products_by_their_last_view() -> None:
    index = build_index(SESSIONS)

    # The one that saw a single product tells nothing of others.
    assert sessions_in(index) == [["a", "b"], ["b", "a"], ["a", "c", "b"]]
    assert index.ended_at.tolist() == [10, 20, 30]
    assert sessions_of(index, "a") == [2, 1, 0]
    assert sessions_of(index, "c") == [2]
    assert index.rarity.tolist() == pytest.approx([0, 0, np.log(3)])


def test_the_order_in_which_sessions_come_makes_no_difference() -> None:
    assert as_values(build_index(SESSIONS)) == as_values(build_index(SESSIONS[::-1]))


def test_sessions_products_and_lists_are_bounded_to_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session_index, "SESSIONS_OF_A_PRODUCT", 2)
    monkeypatch.setattr(session_index, "PRODUCTS_OF_A_SESSION", 2)

    index = build_index(SESSIONS, maximum=2)
    assert sessions_in(index) == [["b", "a"], ["c", "b"]]
    assert sessions_of(index, "b") == [1, 0]

    assert sessions_of(build_index(SESSIONS), "b") == [2, 1]


def test_an_index_without_sessions_is_an_index() -> None:
    index = build_index([])
    assert as_values(decode_index(encode_index(index))) == as_values(index)


@given(
    st.lists(
        st.builds(
            PastSession,
            st.integers(0, 2**40),
            st.lists(st.text(max_size=3), max_size=30).map(tuple),
            st.just(()),
            digest=st.integers(0, 2**64 - 1),
        ),
        max_size=20,
    )
)
def test_bytes_bring_back_all_of_an_index(sessions: list[PastSession]) -> None:
    returns, weights = (
        ReturnTable(((0.5, 0.1),), {"add_to_cart": ((0.9, 0.2),)}),
        SignalWeights(
            {"neighbours": 0.3, "return": 2.0, "other": 0.5},
            86_400,
            4,
            {"checkout": 2.0},
            {1: {"return": 4.0}},
        ),
    )
    index = build_index(sessions, returns, weights)
    encoded = encode_index(index)
    assert as_values(decode_index(join_chunks(chunks_of(encoded)))) == as_values(index)
    assert encode_index(decode_index(encoded)) == encoded


def test_the_weights_of_a_former_release_are_read() -> None:
    index = build_index(SESSIONS, weights=SignalWeights({"neighbours": 0.3, "return": 2.0}))
    version, body = b"\x01\x00", msgspec.msgpack.decode(zlib.decompress(encode_index(index)[38:]))
    # As they have always been written.
    assert body["weights"] == {"neighbours": 0.3, "returns": 2.0}
    packed = zlib.compress(msgspec.msgpack.encode(body))
    former = b"FRSI" + version + hashlib.sha256(version + packed).digest() + packed
    assert decode_index(former).weights == index.weights


def test_an_index_of_a_former_release_has_neither_types_nor_a_time_scale() -> None:
    returns = ReturnTable(((0.5, 0.1),))
    version, body = (
        b"\x01\x00",
        msgspec.msgpack.decode(zlib.decompress(encode_index(build_index(SESSIONS, returns))[38:])),
    )
    del (
        body["time_scale_seconds"],
        body["distance_root"],
        body["worths"],
        body["by_seen"],
        body["returns"]["by_type"],
    )
    packed = zlib.compress(msgspec.msgpack.encode(body))
    former = decode_index(b"FRSI" + version + hashlib.sha256(version + packed).digest() + packed)
    assert former.returns == returns
    assert former.returns.chance(0, 2, EventType.CHECKOUT) == 0.1
    assert former.fade is None
    assert not former.weights.distance_root
    assert not former.weights.worths
    assert former.weights.after(1) == former.weights.by_name


def test_the_bytes_of_a_former_release_have_no_digests() -> None:
    index = build_index(session._replace(digest=7) for session in SESSIONS)
    version, body = b"\x01\x00", msgspec.msgpack.decode(zlib.decompress(encode_index(index)[38:]))
    assert len(body.pop("digests")) == 3 * 8
    packed = zlib.compress(msgspec.msgpack.encode(body))
    former = decode_index(b"FRSI" + version + hashlib.sha256(version + packed).digest() + packed)
    assert len(former.digests) == 0
    assert sessions_in(former) == sessions_in(index)


def test_damaged_bytes_are_refused_wherever_they_are_damaged() -> None:
    encoded = encode_index(build_index(SESSIONS))
    for place in range(len(encoded)):
        damaged = encoded[:place] + bytes([encoded[place] ^ 1]) + encoded[place + 1 :]
        with pytest.raises(DamagedIndexError):
            decode_index(damaged)
        with pytest.raises(DamagedIndexError):
            decode_index(encoded[:place])


def test_a_body_that_does_not_fit_is_refused_though_its_checksum_does() -> None:
    encoded = encode_index(build_index(SESSIONS))
    version, packed = encoded[4:6], b"no body"
    forged = encoded[:6] + hashlib.sha256(version + packed).digest() + packed
    with pytest.raises(DamagedIndexError):
        decode_index(forged)


def test_an_index_of_a_former_release_is_read() -> None:
    index = build_index([PastSession(1, ("b", "a")), PastSession(2, ("c", "b"))])
    encoded = encode_index(index)
    body = msgspec.msgpack.decode(zlib.decompress(encoded[38:]))
    del body["names"], body["name_lengths"]
    packed = zlib.compress(msgspec.msgpack.encode({**body, "products": ["a", "b", "c"]}))
    version = (1).to_bytes(2, "little")
    former = b"FRSI" + version + hashlib.sha256(version + packed).digest() + packed
    assert encode_index(decode_index(former)) == encoded
