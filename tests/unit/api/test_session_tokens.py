"""Who may speak for a session."""

from datetime import timedelta
from pathlib import Path

import pytest

from api.sessions.session_tokens import SessionTokens, key_in
from personalization.domain.errors import SessionTokenError, StoreUnavailableError
from personalization.domain.identifiers import SessionId
from tests.builders.moments import NOON
from tests.builders.wire_event import OTHER_SESSION, SESSION

_TOKENS = SessionTokens(b"key")


def test_a_token_speaks_for_its_session_until_it_expires() -> None:
    issued = _TOKENS.issue(SessionId(SESSION), NOON)
    just_before = issued.expires_at - timedelta(seconds=1)
    assert _TOKENS.read(issued.text, just_before).session_id == SESSION
    with pytest.raises(SessionTokenError, match="expired"):
        _TOKENS.read(issued.text, issued.expires_at)


def test_a_token_with_another_session_or_expiry_written_in_is_refused() -> None:
    session, expires, signature = _TOKENS.issue(SessionId(SESSION), NOON).text.split(".")
    for altered in (
        f"{OTHER_SESSION}.{expires}.{signature}",
        f"{session}.{int(expires) + 1}.{signature}",
        f"{session}.{expires}.{signature[:-2]}",
        f"{session}.{expires}.",
    ):
        with pytest.raises(SessionTokenError, match="altered"):
            _TOKENS.read(altered, NOON)


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c.d", "é.1.x"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(SessionTokenError):
        _TOKENS.read(token, NOON)


def test_a_token_of_another_key_is_refused() -> None:
    foreign = SessionTokens(b"other").issue(SessionId(SESSION), NOON)
    with pytest.raises(SessionTokenError, match="altered"):
        _TOKENS.read(foreign.text, NOON)


@pytest.mark.parametrize("cut", [b"", b"0123456789abcdef"])
def test_a_key_that_was_cut_signs_nothing(tmp_path: Path, cut: bytes) -> None:
    file = tmp_path / "tokens.key"
    file.write_bytes(cut)
    with pytest.raises(StoreUnavailableError, match="remove it"):
        key_in(file)


def test_the_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    file = tmp_path / "home" / "tokens.key"
    key = key_in(file)
    assert len(key) == 64
    assert key_in(file) == key
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["tokens.key"]
