"""Keys in Redis: all under the namespace, all with an end."""

from contextlib import closing

import pytest
import redis

from personalization.adapters.redis.notifier import RedisNotifier
from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.adapters.redis.session_store import RedisSessionStore
from personalization.codec.json_codec import SESSION as SESSION_CODEC
from personalization.domain.access.claim import NOBODY, Claim, Holder
from personalization.domain.identifiers import SessionId
from personalization.ports.notifier import ProfileChanged
from personalization.ports.profile_store import StoredProfile
from personalization.settings.redis import RedisSettings
from tests.builders.moments import NOON
from tests.builders.session import a_session

SESSION = SessionId("session-1")
CLAIM = Claim(SESSION, Holder("holder-1"), NOON)
TWO_DAYS = 48 * 3600


@pytest.fixture
def client(redis_url: str) -> redis.Redis:
    """Return a plain client of an empty server."""
    return redis.Redis.from_url(redis_url, decode_responses=True)


def write_everything(url: str, namespace: str) -> None:
    settings = RedisSettings(namespace=namespace)
    with (
        closing(RedisProfileStore(url, settings)) as profiles,
        closing(RedisSessionStore(url, settings)) as sessions,
        closing(RedisNotifier(url, settings)) as notifier,
    ):
        profiles.write_many({SESSION: StoredProfile(1, b"{}")})
        sessions.write_many([a_session()])
        sessions.write_claim(CLAIM)
        notifier.publish([ProfileChanged(SESSION, 1)])


def test_every_key_lives_two_days_and_no_longer(redis_url: str, client: redis.Redis) -> None:
    with closing(client):
        write_everything(redis_url, "shop")
        lives = {key: client.ttl(key) for key in client.scan_iter()}
    assert sorted(lives) == [
        "shop:claim:session-1",
        "shop:profile:session-1",
        "shop:session_state:session-1",
    ]
    assert all(TWO_DAYS - 60 < life <= TWO_DAYS for life in lives.values())


def test_a_newer_profile_and_a_later_session_renew_their_time(
    redis_url: str, client: redis.Redis
) -> None:
    with closing(client):
        write_everything(redis_url, "shop")
        for key in client.scan_iter():
            client.expire(key, 100)
        settings = RedisSettings(namespace="shop")
        with (
            closing(RedisProfileStore(redis_url, settings)) as profiles,
            closing(RedisSessionStore(redis_url, settings)) as sessions,
        ):
            profiles.write_many({SESSION: StoredProfile(2, b"{}")})
            sessions.write_many([a_session(revision=1)])
            sessions.write_claim(CLAIM)
        assert client.ttl("shop:profile:session-1") > 100
        assert client.ttl("shop:session_state:session-1") > 100
        assert client.ttl("shop:claim:session-1") > 100


def test_a_claim_of_a_former_release_is_one_that_no_secret_proves(
    redis_url: str, client: redis.Redis
) -> None:
    with closing(client), closing(RedisSessionStore(redis_url, RedisSettings())) as sessions:
        client.set("fr:claim:session-1", "1", ex=100)
        claim = sessions.read_claim(SESSION)
        assert claim is not None
        assert claim.holder == NOBODY


def test_shops_that_share_a_server_do_not_see_each_other(redis_url: str) -> None:
    write_everything(redis_url, "one")
    other = RedisSettings(namespace="other")
    with (
        closing(RedisProfileStore(redis_url, other)) as profiles,
        closing(RedisSessionStore(redis_url, other)) as sessions,
    ):
        assert profiles.read_many([SESSION]) == {}
        assert sessions.read_many([SESSION]) == {}
        assert sessions.read_claim(SESSION) is None


def test_what_a_former_release_wrote_as_plain_json_is_read(
    redis_url: str, client: redis.Redis
) -> None:
    session, body = a_session(), b'{"session_id":"session-1"}'
    state = SESSION_CODEC.encode(session)
    client.hset("fr:profile:session-1", items=["version", 7, "body", body])
    key = f"fr:session_state:{session.session_id}"
    client.hset(key, items=["version", session.revision, "body", state])

    with (
        closing(RedisProfileStore(redis_url, RedisSettings())) as profiles,
        closing(RedisSessionStore(redis_url, RedisSettings())) as sessions,
    ):
        assert profiles.read_many([SESSION]) == {SESSION: StoredProfile(7, body)}
        assert sessions.read_many([session.session_id]) == {session.session_id: session}


def test_a_hash_of_a_former_release_gives_way_to_a_newer_version_only(
    redis_url: str, client: redis.Redis
) -> None:
    body = b'{"session_id":"session-1"}'
    client.hset("fr:profile:session-1", items=["version", 7, "body", body])

    with closing(client), closing(RedisProfileStore(redis_url, RedisSettings())) as profiles:
        profiles.write_many({SESSION: StoredProfile(7, b"again")})
        assert profiles.read_many([SESSION]) == {SESSION: StoredProfile(7, body)}

        newer = {SESSION: StoredProfile(8, b"newer"), SessionId("other"): StoredProfile(1, b"new")}
        profiles.write_many(newer)
        assert profiles.read_many(list(newer)) == newer


def test_connections_that_the_server_has_closed_are_replaced(
    redis_url: str, client: redis.Redis
) -> None:
    with closing(client), closing(RedisProfileStore(redis_url, RedisSettings())) as profiles:
        profiles.write_many({SESSION: StoredProfile(1, b"first")})
        client.client_kill_filter(_type="normal", skipme=True)
        profiles.write_many({SESSION: StoredProfile(2, b"second")})
        client.client_kill_filter(_type="normal", skipme=True)
        assert profiles.read_many([SESSION]) == {SESSION: StoredProfile(2, b"second")}


def test_a_refused_command_leaves_no_reply_behind(redis_url: str, client: redis.Redis) -> None:
    with closing(client), closing(RedisSessionStore(redis_url, RedisSettings())) as sessions:
        client.rpush("fr:session_user:session-1", "not a string")
        with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
            sessions.bind_user(SESSION, None)
        sessions.write_claim(CLAIM)
        assert sessions.read_claim(SESSION) == CLAIM
