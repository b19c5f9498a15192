"""The contract of the keys of sessions: what was destroyed is told from what is not there yet."""

import os

from personalization.domain.identifiers import SessionId
from personalization.ports.people.session_keys import (
    DestroyedKeys,
    SessionKeyId,
    SessionKeyStore,
    WrappedKey,
)

GONE, STAYS = SessionId("gone"), SessionId("stays")


def a_key(session_id: SessionId, *, carried: bool = False) -> WrappedKey:
    wrapped = b"" if carried else os.urandom(60)
    return WrappedKey(SessionKeyId(os.urandom(16)), session_id, wrapped, carried)


def test_keys_are_read_by_id_and_one_that_was_never_seen_is_absent(
    session_keys: SessionKeyStore,
) -> None:
    keys = [a_key(GONE), a_key(GONE), a_key(STAYS)]
    session_keys.add(keys)
    unseen = SessionKeyId(os.urandom(16))
    found = session_keys.read_many([*(key.key_id for key in keys), unseen])
    assert found == {key.key_id: key.wrapped for key in keys}


def test_what_is_destroyed_is_empty_and_destroyed_once(session_keys: SessionKeyStore) -> None:
    gone, other, stays = a_key(GONE), a_key(GONE), a_key(STAYS)
    session_keys.add([gone, other, stays])
    assert session_keys.destroy([GONE]) == DestroyedKeys(2)
    found = session_keys.read_many([gone.key_id, other.key_id, stays.key_id])
    assert found == {gone.key_id: b"", other.key_id: b"", stays.key_id: stays.wrapped}
    assert session_keys.destroy([GONE]) == DestroyedKeys(0)
    assert sorted(wrapped for page in session_keys.pages() for wrapped in page if wrapped) == [
        stays.wrapped
    ]


def test_a_key_that_records_carry_is_counted_as_such(session_keys: SessionKeyStore) -> None:
    session_keys.add([a_key(GONE, carried=True), a_key(GONE)])
    assert session_keys.destroy([GONE]) == DestroyedKeys(2, carried=1)
    assert session_keys.destroy([GONE]) == DestroyedKeys(0)
