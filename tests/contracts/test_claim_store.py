"""The contract of the store of claims: the first one holds, however many try."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from personalization.domain.claim import Claim, Holder
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
