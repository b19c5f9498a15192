"""Who may speak for a session."""

import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta
from pathlib import Path

import pytest

from api.sessions.session_tokens import SessionTokens
from personalization.domain.errors import SessionTokenError
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE
from personalization.signing.ring_file import FORMER_FILE, RingFile
from tests.builders.access.signing_keys import rotate, signing_keys
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import OTHER_SESSION, SESSION

_TOKENS = SessionTokens(signing_keys())


def test_a_token_speaks_for_its_session_until_it_expires() -> None:
    issued = _TOKENS.issue(SessionId(SESSION), NOON)
    just_before = issued.expires_at - timedelta(seconds=1)
    assert _TOKENS.read(issued.text, just_before).session_id == SESSION
    with pytest.raises(SessionTokenError, match="expired"):
        _TOKENS.read(issued.text, issued.expires_at)


def test_a_token_with_another_session_or_expiry_written_in_is_refused() -> None:
    key, session, expires, signature = _TOKENS.issue(SessionId(SESSION), NOON).text.split(".")
    for altered in (
        f"{key}.{OTHER_SESSION}.{expires}.{signature}",
        f"{key}.{session}.{int(expires) + 1}.{signature}",
        f"{key}.{session}.{expires}.{signature[:-2]}",
        f"{key}.{session}.{expires}.",
        f"{key[::-1]}.{session}.{expires}.{signature}",
        f"{session}.{expires}.{signature}",
    ):
        with pytest.raises(SessionTokenError, match="altered"):
            _TOKENS.read(altered, NOON)


@pytest.mark.parametrize("token", ["", ".", "a", "a.b", "a.b.c.d", "a.b.c.d.e", "é.1.x", "k.é.1.x"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(SessionTokenError):
        _TOKENS.read(token, NOON)


def test_a_token_of_another_key_is_refused() -> None:
    foreign = SessionTokens(signing_keys(b"other")).issue(SessionId(SESSION), NOON)
    with pytest.raises(SessionTokenError, match="altered"):
        _TOKENS.read(foreign.text, NOON)


def test_a_token_of_a_former_release_opens_its_session_until_it_expires(tmp_path: Path) -> None:
    secret = b"0123456789abcdef" * 4
    (tmp_path / FORMER_FILE).write_bytes(secret)
    tokens = SessionTokens(RingFile(tmp_path, NOON))
    expires = int((NOON + SESSION_LIFE).timestamp())
    signed = f"{SESSION}.{expires}"
    former = f"{signed}.{_signature(secret, signed)}"
    assert tokens.read(former, NOON).session_id == SESSION
    with pytest.raises(SessionTokenError, match="expired"):
        tokens.read(former, NOON + SESSION_LIFE)
    provisional = f"{signed}.holder"
    found = tokens.read(f"{provisional}.{_signature(secret, provisional)}", NOON)
    assert (found.session_id, found.holder) == (SESSION, "holder")


def test_no_signature_of_a_token_that_names_its_key_fits_one_that_names_none() -> None:
    key, session, expires, signature = _TOKENS.issue(SessionId(SESSION), NOON).text.split(".")
    for moved in (f"{session}.{key}.{expires}.{signature}", f"{session}.{expires}.{signature}"):
        with pytest.raises(SessionTokenError):
            _TOKENS.read(moved, NOON)


def test_a_rotation_ends_no_session_and_the_old_key_goes_after_a_session_s_life(
    tmp_path: Path,
) -> None:
    clock = SettableClock()
    file = RingFile(tmp_path, clock.now())
    tokens = SessionTokens(file)
    before = tokens.issue(SessionId(SESSION), clock.now())
    assert tokens.read(before.text, clock.now()).session_id == SESSION
    rotate(file, clock)
    clock.advance(timedelta(minutes=1))
    after = tokens.issue(SessionId(OTHER_SESSION), clock.now())
    assert after.text.split(".")[0] != before.text.split(".")[0]
    assert tokens.read(before.text, clock.now()).session_id == SESSION
    assert tokens.read(after.text, clock.now()).session_id == OTHER_SESSION

    clock.advance(SESSION_LIFE)
    rotate(file, clock)
    assert before.text.split(".")[0] not in [key.key_id for key in file.current().keys]
    assert tokens.holders_of(SessionId(SESSION), "s", clock.now())[0] in {
        *tokens.holders_of(SessionId(SESSION), "s", NOON)
    }


def test_what_ends_all_sessions_reads_no_token_that_was_read_before(tmp_path: Path) -> None:
    clock = SettableClock()
    file = RingFile(tmp_path, clock.now())
    tokens = SessionTokens(file)
    issued = tokens.issue(SessionId(SESSION), clock.now())
    read = tokens.read(issued.text, clock.now())
    assert tokens.reads_key(read)
    rotate(file, clock, end_sessions=True)
    assert not tokens.reads_key(read)
    with pytest.raises(SessionTokenError, match="another key"):
        tokens.read(issued.text, clock.now())


def test_a_secret_stands_for_its_session_across_a_rotation(tmp_path: Path) -> None:
    clock = SettableClock()
    file = RingFile(tmp_path, clock.now())
    tokens = SessionTokens(file)
    (claimed,) = tokens.holders_of(SessionId(SESSION), "a secret", clock.now())
    rotate(file, clock)
    # Not before every process knows the new key is anything claimed by it.
    assert tokens.holders_of(SessionId(SESSION), "a secret", clock.now())[0] == claimed
    clock.advance(timedelta(minutes=1))
    newest, former = tokens.holders_of(SessionId(SESSION), "a secret", clock.now())
    assert former == claimed != newest


def _signature(secret: bytes, text: str) -> str:
    digest = hmac.digest(secret, text.encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
