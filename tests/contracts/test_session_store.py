"""The contract of the session store."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from personalization.domain.access.claim import NOBODY, Claim, Holder
from personalization.domain.access.user_binding import UserBinding
from personalization.domain.identifiers import SessionId, UserId
from personalization.ports.session_store import SessionStore
from tests.builders.moments import NOON
from tests.builders.session import a_session

SESSION = SessionId("session-1")


def test_a_session_comes_back_as_it_was(session_store: SessionStore) -> None:
    session_store.write_many([a_session()])
    assert session_store.read_many([SESSION]) == {SESSION: a_session()}


def test_a_newer_revision_replaces_the_session(session_store: SessionStore) -> None:
    session_store.write_many([a_session(revision=8)])
    later = a_session(revision=9, profile_version=2, recent=(), region=None)
    session_store.write_many([later])
    assert session_store.read_many([SESSION]) == {SESSION: later}


def test_a_reader_that_was_overtaken_changes_nothing(session_store: SessionStore) -> None:
    newer = a_session(revision=9, interaction_count=5)
    session_store.write_many([newer])
    for revision in (8, 9):
        session_store.write_many([a_session(revision=revision, interaction_count=4)])
    assert session_store.read_many([SESSION]) == {SESSION: newer}


def test_a_missing_session_is_absent(session_store: SessionStore) -> None:
    session_store.write_many([a_session()])
    assert session_store.read_many([SessionId("nobody")]) == {}
    assert session_store.read_many([]) == {}


def test_thousands_of_sessions_go_in_one_call(session_store: SessionStore) -> None:
    sessions = [a_session(session_id=SessionId(f"session-{n}")) for n in range(1_201)]
    session_store.write_many(sessions)
    found = session_store.read_many([session.session_id for session in sessions])
    assert list(found.values()) == sessions


def a_claim(holder: str = "holder-1") -> Claim:
    return Claim(SESSION, Holder(holder), NOON)


def test_a_claim_is_remembered(session_store: SessionStore) -> None:
    assert session_store.read_claim(SESSION) is None
    session_store.write_claim(a_claim())
    assert session_store.read_claim(SESSION) == a_claim()
    assert session_store.read_claim(SessionId("session-2")) is None


def test_a_claim_of_nobody_is_remembered_as_such(session_store: SessionStore) -> None:
    session_store.write_claim(a_claim(NOBODY))
    assert session_store.read_claim(SESSION) == a_claim(NOBODY)


def test_a_revoked_claim_is_remembered_as_such(session_store: SessionStore) -> None:
    revoked = replace(a_claim(), revoked_at=NOON + timedelta(hours=1))
    session_store.write_claim(revoked)
    assert session_store.read_claim(SESSION) == revoked


def test_a_claim_does_not_depend_on_the_sessions_state(session_store: SessionStore) -> None:
    session_store.write_claim(a_claim())
    session_store.write_many([a_session()])
    assert session_store.read_many([SESSION]) == {SESSION: a_session()}
    assert session_store.read_claim(SESSION) == a_claim()


def test_a_session_belongs_to_the_first_user_that_is_bound(session_store: SessionStore) -> None:
    ann, bob = (UserBinding(UserId(name), NOON) for name in ("ann", "bob"))

    assert session_store.bind_user(SESSION, None) is None
    assert session_store.bind_user(SESSION, ann) == ann
    assert session_store.bind_user(SESSION, bob) == ann
    assert session_store.bind_user(SESSION, None) == ann
    assert session_store.bind_user(SessionId("session-2"), bob) == bob


def test_of_many_users_who_are_bound_at_once_one_gets_the_session(
    session_store: SessionStore,
) -> None:
    users = [UserBinding(UserId(f"user-{number}"), NOON) for number in range(32)]
    with ThreadPoolExecutor(16) as pool:
        owners = list(pool.map(lambda user: session_store.bind_user(SESSION, user), users))
    assert len(set(owners)) == 1
    assert owners[0] in users
