"""A session that was ended is opened by no token, in any process, from the next look on."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from starlette.datastructures import Headers

from api.errors import ProblemError
from api.http.blocking_calls import BlockingCalls
from api.sessions import revoked_sessions
from api.sessions.revoked_sessions import RevocationWatch, RevokedSessions
from api.sessions.session_auth import SECRET_HEADER, SessionAuth
from api.sessions.session_claims import SessionClaims
from api.sessions.session_cookies import forgetting_headers
from api.sessions.session_tokens import SessionTokens
from personalization.adapters.sqlite.claim_store import SqliteClaimStore
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.domain.access.claim import NOBODY, Claim
from personalization.domain.errors import SessionTokenError, StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE
from tests.builders.access.forgetful_sessions import ForgetfulSessions
from tests.builders.access.signing_keys import signing_keys
from tests.builders.settable_clock import SettableClock

SESSION = SessionId("00000000-0000-4000-8000-000000000001")
OTHER = SessionId("00000000-0000-4000-8000-000000000002")
SECRET = "s" * 22
_KEYS = signing_keys()
_T = TypeVar("_T")


def run(call: Coroutine[None, None, _T]) -> _T:
    return asyncio.run(call)


@dataclass
class Process:
    """What one API process knows of sessions."""

    auth: SessionAuth
    revoked: RevokedSessions
    watch: RevocationWatch
    ended: list[SessionId] = field(default_factory=list)

    @property
    def tokens(self) -> SessionTokens:
        return self.auth.tokens

    def begin(self, session_id: SessionId = SESSION) -> Headers:
        """Return the headers of who has begun the session."""
        speaker = run(self.auth.speaker_of(Headers({}), [session_id], SECRET))
        issued = run(self.auth.claim(speaker))
        assert issued is not None
        return bearer(issued.text)

    def end(self, headers: Headers, session_id: SessionId = SESSION) -> bool:
        revocation = run(self.auth.end(headers, session_id))
        if revocation is not None:
            self.watch.end(revocation)
        return revocation is not None


def bearer(token: str) -> Headers:
    return Headers({"authorization": f"Bearer {token}"})


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteClaimStore]:
    with closing(SqliteClaimStore(tmp_path / "claims.sqlite", 0)) as store:
        yield store


@pytest.fixture
def process(
    tmp_path: Path, store: SqliteClaimStore, clock: SettableClock
) -> Iterator[Callable[[], Process]]:
    with (
        closing(SqliteEventHistory(tmp_path / "history.sqlite", 0)) as events,
        closing(SqliteDecisionHistory(tmp_path / "decisions.sqlite", 0)) as decisions,
    ):

        def make() -> Process:
            revoked = RevokedSessions(store, clock)
            claims = SessionClaims(ForgetfulSessions(), store, events, decisions)
            tokens = SessionTokens(_KEYS)
            auth = SessionAuth(tokens, claims, clock, BlockingCalls(2), revoked)
            ended: list[SessionId] = []
            return Process(auth, revoked, RevocationWatch(revoked, ended.append), ended)

        yield make


def test_no_token_opens_an_ended_session_in_any_process(process: Callable[[], Process]) -> None:
    here, elsewhere = process(), process()
    mine, others = here.begin(), here.begin(OTHER)
    assert here.end(mine)
    run(elsewhere.watch.look())
    for process_of_both in (here, elsewhere):
        assert process_of_both.ended == [SESSION]
        token = process_of_both.auth.read_token(mine).token
        assert token is not None
        assert not process_of_both.auth.still_holds(token)
        with pytest.raises(SessionTokenError, match="has ended"):
            run(process_of_both.auth.admit(mine, SESSION))
        with pytest.raises(SessionTokenError, match="has ended"):
            run(process_of_both.auth.speaker_of(mine, [SESSION], None))
        with pytest.raises(SessionTokenError, match="has ended"):
            process_of_both.auth.require(mine)
        assert run(process_of_both.auth.admit(others, OTHER)).speaker.session_id == OTHER


def test_its_secret_opens_it_no_more_even_before_a_look(process: Callable[[], Process]) -> None:
    here, elsewhere = process(), process()
    here.end(here.begin())
    with pytest.raises(SessionTokenError, match="has ended"):
        run(elsewhere.auth.admit(Headers({SECRET_HEADER: SECRET}), SESSION))
    with pytest.raises(SessionTokenError, match="has ended"):
        run(elsewhere.auth.speaker_of(Headers({}), [SESSION], SECRET))


def test_who_does_not_speak_for_a_session_cannot_end_it(process: Callable[[], Process]) -> None:
    here = process()
    mine, others = here.begin(), here.begin(OTHER)
    with pytest.raises(ProblemError):
        here.end(others)
    for strangers in (Headers({}), Headers({SECRET_HEADER: "t" * 22})):
        with pytest.raises(SessionTokenError):
            here.end(strangers)
    assert run(here.auth.admit(mine, SESSION)).speaker.session_id == SESSION
    assert here.end(Headers({SECRET_HEADER: SECRET}))


def test_to_end_it_again_is_no_fault_and_nothing_is_written_of_what_nobody_began(
    process: Callable[[], Process], store: SqliteClaimStore, clock: SettableClock
) -> None:
    here = process()
    mine = here.begin()
    began = clock.now()
    assert here.end(mine)
    clock.advance(timedelta(minutes=5))
    assert here.end(mine)
    kept = store.read(SESSION)
    assert kept is not None
    assert kept.revoked_at == began
    assert not here.end(Headers({}), OTHER)
    assert store.read(OTHER) is None


def test_a_server_may_end_any_session(
    process: Callable[[], Process], store: SqliteClaimStore, clock: SettableClock
) -> None:
    here = process()
    run(here.auth.end_any(OTHER))
    assert store.read(OTHER) == Claim(OTHER, NOBODY, clock.now(), clock.now())


def test_a_process_that_starts_later_knows_of_it_and_all_forget_it_with_its_tokens(
    process: Callable[[], Process], clock: SettableClock
) -> None:
    here = process()
    here.end(here.begin())
    clock.advance(SESSION_LIFE - timedelta(minutes=1))
    later = process()
    run(later.watch.look())
    assert later.revoked.includes(SESSION)
    clock.advance(timedelta(hours=3))
    run(later.watch.look())
    assert not later.revoked.includes(SESSION)


def test_what_was_written_late_is_found_by_the_next_look(
    process: Callable[[], Process], store: SqliteClaimStore, clock: SettableClock
) -> None:
    here = process()
    here.begin()
    run(here.watch.look())
    store.revoke(SESSION, clock.now() - timedelta(seconds=10))
    clock.advance(timedelta(seconds=1))
    run(here.watch.look())
    assert here.ended == [SESSION]


class AwayClaims:
    def revoked_between(self, since: datetime, until: datetime) -> list[object]:
        del since, until
        raise StoreUnavailableError


def test_while_the_store_is_away_what_is_known_stays(clock: SettableClock) -> None:
    revoked = RevokedSessions(AwayClaims(), clock)  # type: ignore[arg-type]
    watch = RevocationWatch(revoked, lambda _: None)
    revoked.add(SESSION, clock.now())
    run(watch.look())
    assert revoked.includes(SESSION)
    assert not revoked.includes(OTHER)


def test_beyond_what_memory_takes_the_store_is_asked(
    process: Callable[[], Process], monkeypatch: pytest.MonkeyPatch, clock: SettableClock
) -> None:
    here, elsewhere = process(), process()
    mine, others = here.begin(), here.begin(OTHER)
    here.end(mine)
    monkeypatch.setattr(revoked_sessions, "MOST_KNOWN", 1)
    elsewhere.revoked.add(SessionId("another"), clock.now())
    assert not elsewhere.revoked.add(SESSION, clock.now())
    with pytest.raises(SessionTokenError, match="has ended"):
        run(elsewhere.auth.admit(mine, SESSION))
    assert run(elsewhere.auth.admit(others, OTHER)).speaker.session_id == OTHER
    token = elsewhere.auth.read_token(others).token
    assert token is not None
    assert not elsewhere.auth.still_holds(token)


def test_beyond_what_memory_takes_streams_end_with_their_sessions(
    process: Callable[[], Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, elsewhere = process(), process()
    mine = here.begin()
    monkeypatch.setattr(revoked_sessions, "MOST_KNOWN", 0)
    here.end(mine)
    run(elsewhere.watch.look())
    assert (here.ended, elsewhere.ended) == ([SESSION], [SESSION])


def test_a_session_for_which_there_was_no_room_stays_ended_once_there_is(
    process: Callable[[], Process], monkeypatch: pytest.MonkeyPatch, clock: SettableClock
) -> None:
    here = process()
    monkeypatch.setattr(revoked_sessions, "MOST_KNOWN", 1)
    here.end(here.begin(OTHER), OTHER)
    clock.advance(timedelta(hours=40))
    mine = here.begin()
    here.end(mine)
    clock.advance(timedelta(minutes=1))
    run(here.watch.look())
    clock.advance(timedelta(hours=12))
    run(here.watch.look())

    assert not here.revoked.includes(OTHER), "there is room again"
    with pytest.raises(SessionTokenError, match="has ended"):
        run(here.auth.admit(mine, SESSION))
    clock.advance(SESSION_LIFE)
    run(here.watch.look())
    assert here.revoked.knows_all


def test_a_process_that_starts_reads_no_more_than_memory_takes(
    process: Callable[[], Process], monkeypatch: pytest.MonkeyPatch, clock: SettableClock
) -> None:
    here, later = process(), process()
    for hour in range(6):
        run(here.auth.end_any(SessionId(f"00000000-0000-4000-8000-00000000001{hour}")))
        clock.advance(timedelta(hours=2))
    monkeypatch.setattr(revoked_sessions, "MOST_KNOWN", 2)

    assert len(later.revoked.read()) == 3
    assert not later.revoked.knows_all


def test_the_cookies_of_the_session_are_taken_out_and_no_others() -> None:
    cookies = f"fr_session=k.{SESSION}.1.x; __Host-fr_session=k.{OTHER}.1.x"
    ((name, value),) = forgetting_headers(cookies, SESSION)
    assert name == "set-cookie"
    assert value.startswith("fr_session=; ")
    assert "Max-Age=0" in value
    assert [line for _, line in forgetting_headers(cookies, OTHER) if "Secure" in line]
    assert forgetting_headers("", SESSION) == []
