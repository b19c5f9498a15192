"""The contract of the store of claims: the first one holds, however many try."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from personalization.domain.access.claim import NOBODY, Claim, Holder, Revocation
from personalization.domain.identifiers import SessionId
from personalization.ports.claim_store import ClaimStore
from tests.builders.moments import NOON

SESSION = SessionId("session-1")


def a_claim(holder: str = "holder-1", **fields: object) -> Claim:
    session_id = SessionId(str(fields.get("session_id", SESSION)))
    return Claim(session_id, Holder(holder), NOON + timedelta(microseconds=7))


def test_a_claim_comes_back_as_it_was(claim_store: ClaimStore) -> None:
    assert claim_store.read(SESSION) is None
    assert claim_store.claim(a_claim()) == a_claim()
    assert claim_store.read(SESSION) == a_claim()


def test_a_later_claim_is_answered_with_the_first(claim_store: ClaimStore) -> None:
    claim_store.claim(a_claim())
    later = Claim(SESSION, Holder("holder-2"), NOON + timedelta(days=3))
    assert claim_store.claim(later) == a_claim()
    assert claim_store.read(SESSION) == a_claim()


def test_claims_of_other_sessions_are_others(claim_store: ClaimStore) -> None:
    other = a_claim("holder-2", session_id="session-2")
    assert [claim_store.claim(claim) for claim in (a_claim(), other)] == [a_claim(), other]
    assert claim_store.read(SESSION) == a_claim()


def test_of_many_who_claim_at_once_one_holds(claim_store: ClaimStore) -> None:
    wanted = [a_claim(f"holder-{number}") for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        held = set(pool.map(partial(claim_store.claim), wanted))
    assert len(held) == 1
    assert held == {claim_store.read(SESSION)}


def test_a_revoked_claim_says_so_from_then_on_whoever_claims_again(claim_store: ClaimStore) -> None:
    moment = NOON + timedelta(hours=1)
    claim_store.claim(a_claim())
    revoked = replace(a_claim(), revoked_at=moment)
    assert claim_store.revoke(SESSION, moment) == revoked
    assert claim_store.read(SESSION) == revoked
    assert claim_store.claim(a_claim()) == revoked
    assert claim_store.revoke(SESSION, moment + timedelta(minutes=1)) == revoked
    assert claim_store.read(SESSION) == revoked


def test_a_session_that_nobody_claimed_is_nobodys_once_it_was_revoked(
    claim_store: ClaimStore,
) -> None:
    moment = NOON + timedelta(hours=1)
    assert claim_store.revoke(SESSION, moment) == Claim(SESSION, NOBODY, moment, moment)
    assert claim_store.claim(a_claim()).holder == NOBODY


def test_what_was_revoked_lately_is_found_by_moment(claim_store: ClaimStore) -> None:
    moments = [NOON - timedelta(hours=hours) for hours in (47, 2, 0)]
    sessions = [SessionId(f"session-{number}") for number in range(3)]
    for session_id, moment in zip(sessions, moments, strict=True):
        claim_store.claim(a_claim(session_id=session_id))
        claim_store.revoke(session_id, moment)
    claim_store.claim(a_claim(session_id="session-3"))

    def revocations(since: datetime) -> list[Revocation]:
        revoked = claim_store.revoked_between(since, NOON + timedelta(minutes=1))
        return sorted(revoked, key=lambda revocation: revocation.moment)

    everything = list(map(Revocation, sessions, moments))
    assert revocations(NOON - timedelta(hours=48)) == everything
    assert revocations(moments[1]) == everything[1:]
    assert revocations(NOON + timedelta(microseconds=1)) == []
