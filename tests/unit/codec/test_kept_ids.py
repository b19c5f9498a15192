"""UUIDs are kept as their bytes, and no other text passes for one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from personalization.codec.kept_ids import UUID_BYTES, uuid_bytes, uuid_texts

_UUIDS = st.uuids().map(str)


@settings(max_examples=30)
@given(st.lists(_UUIDS, min_size=1, max_size=5))
def test_uuids_come_back(ids: list[str]) -> None:
    kept = uuid_bytes(ids)

    assert kept is not None
    assert len(kept) == UUID_BYTES * len(ids)
    assert uuid_texts(kept) == tuple(ids)


@settings(max_examples=30)
@given(_UUIDS, st.sampled_from((str.upper, lambda text: text[1:], lambda text: text + "0", len)))
def test_other_texts_are_none(text: str, change: object) -> None:
    other = str(change(text))  # type: ignore[operator]

    assert other == text or uuid_bytes([text, other]) is None


def test_texts_that_join_to_uuids_are_none() -> None:
    first, second = "0" * 8 + "-0000" * 3 + "-" + "0" * 12, "1" * 8 + "-1111" * 3 + "-" + "1" * 12

    assert uuid_bytes([first + second[:4], second[4:]]) is None
