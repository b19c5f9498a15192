"""What vouches for a person in a browser: signed, bounded in time, of one shop."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import msgspec
import pytest

from api.sessions.session_tokens import SessionTokens
from api.sessions.user_tokens import LONGEST, UserTokens
from personalization.domain.access.shop import SHOP, ShopId
from personalization.domain.errors import SessionTokenError, UserTokenError
from personalization.domain.identifiers import SessionId, ShopUserId
from personalization.signing.signing_ring import GivenKeys, SigningKey, SigningRing
from tests.builders.access.privacy_keys import a_cipher
from tests.builders.moments import NOON

HOUR = timedelta(hours=1)
ANN = ShopUserId("ann")
TOKENS = UserTokens(GivenKeys(SigningRing.of_secrets([b"a" * 32])), a_cipher())
OTHERS = UserTokens(GivenKeys(SigningRing.of_secrets([b"b" * 32])), a_cipher())


@pytest.mark.parametrize("user_id", ["ann", "Łódź 1", "a.b.c", "x" * 128, "💙" * 128])
def test_a_token_names_its_user_until_it_expires(user_id: str) -> None:
    token = TOKENS.issue(SHOP, ShopUserId(user_id), HOUR, NOON)
    assert len(token.text) <= LONGEST
    assert token.expires_at == (NOON + HOUR).replace(microsecond=0)
    assert TOKENS.read(token.text, SHOP, NOON + HOUR - timedelta(seconds=1)) == user_id
    with pytest.raises(UserTokenError, match="expired: ask the shop's server"):
        TOKENS.read(token.text, SHOP, NOON + HOUR)


def test_a_token_of_another_shop_or_key_is_refused() -> None:
    with pytest.raises(UserTokenError, match="another shop's"):
        TOKENS.read(TOKENS.issue(ShopId("other"), ANN, HOUR, NOON).text, SHOP, NOON)
    with pytest.raises(UserTokenError, match="not one of ours"):
        TOKENS.read(OTHERS.issue(SHOP, ANN, HOUR, NOON).text, SHOP, NOON)


def test_whatever_is_altered_is_refused_with_words() -> None:
    text = TOKENS.issue(SHOP, ANN, HOUR, NOON).text
    odd = [text[:place] + "A" + text[place + 1 :] for place in range(len(text))]
    for altered in ["", "u1", "u1...", "é" * 9, "." * 4_000, text + ".x", *odd]:
        if altered != text:
            with pytest.raises(UserTokenError):
                TOKENS.read(altered, SHOP, NOON)


def test_no_token_passes_for_one_of_another_kind() -> None:
    keys = GivenKeys(SigningRing.of_secrets([b"a" * 32]))
    sessions = SessionTokens(keys)
    with pytest.raises(SessionTokenError):
        sessions.read(TOKENS.issue(SHOP, ANN, HOUR, NOON).text, NOON)
    with pytest.raises(UserTokenError):
        TOKENS.read(sessions.issue(SessionId("session-1"), NOON).text, SHOP, NOON)


def test_a_token_outlives_the_rotation_of_its_key() -> None:
    former, newest = SigningKey(b"a" * 32), SigningKey(b"b" * 32, signs_from=NOON)
    before = TOKENS.issue(SHOP, ANN, HOUR, NOON).text
    rotated = UserTokens(GivenKeys(SigningRing((newest, former))), a_cipher())
    after = rotated.issue(SHOP, ANN, HOUR, NOON).text
    assert [text.split(".")[2] for text in (before, after)] == [former.key_id, newest.key_id]
    assert {rotated.read(text, SHOP, NOON) for text in (before, after)} == {ANN}
    with pytest.raises(UserTokenError):
        OTHERS.read(before, SHOP, NOON)


def test_a_token_shows_nobody_the_id() -> None:
    _, body, *_ = TOKENS.issue(SHOP, ShopUserId("ann@shop.example"), HOUR, NOON).text.split(".")
    assert b"ann" not in urlsafe_b64decode(body + "===")


def test_a_token_outlives_a_new_key_of_privacy_and_not_the_end_of_its_own() -> None:
    keys = GivenKeys(SigningRing.of_secrets([b"a" * 32]))
    text = UserTokens(keys, a_cipher("old")).issue(SHOP, ANN, HOUR, NOON).text
    assert UserTokens(keys, a_cipher("new", "old")).read(text, SHOP, NOON) == ANN
    with pytest.raises(UserTokenError):
        UserTokens(keys, a_cipher("new")).read(text, SHOP, NOON)


def test_a_token_of_a_former_release_is_read_until_it_expires() -> None:
    secret = b"a" * 32
    body = b64(msgspec.msgpack.encode([SHOP, "ann", int((NOON + HOUR).timestamp())]))
    signed = b"fitting room user token 1 " + body.encode()
    text = f"u1.{body}.{SigningKey(secret).key_id}.{b64(hmac.digest(secret, signed, 'sha256'))}"
    assert TOKENS.read(text, SHOP, NOON) == ANN
    with pytest.raises(UserTokenError, match="expired"):
        TOKENS.read(text, SHOP, NOON + HOUR)


def b64(body: bytes) -> str:
    return urlsafe_b64encode(body).rstrip(b"=").decode()
