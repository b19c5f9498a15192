"""The contract of what a scorer writes: profiles, then their sessions, then the announcement."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
import redis

from personalization.adapters.redis.notifier import RedisNotifier
from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.adapters.redis.scored_sessions import RedisScoredSessions
from personalization.adapters.redis.session_store import RedisSessionStore
from personalization.domain.errors import StoreFullError
from personalization.domain.identifiers import SessionId
from personalization.ports.notifier import Notifier, ProfileChanged
from personalization.ports.profile_store import ProfileStore, StoredProfile
from personalization.ports.scored_sessions import ScoredSessions
from personalization.ports.session_store import SessionStore
from personalization.settings.redis import RedisSettings
from tests.builders.session import a_session
from tests.waiting import eventually

SESSION = a_session()
KEY = SESSION.session_id
TWO_DAYS = 48 * 3600


@dataclass(frozen=True, slots=True)
class ScoredPlace:
    """What is written, and the stores in which readers find it."""

    scored: ScoredSessions
    sessions: SessionStore
    profiles: ProfileStore
    notifier: Notifier


@pytest.fixture(params=["redis", "redis-cluster"])
def place(request: pytest.FixtureRequest) -> Iterator[ScoredPlace]:
    if request.param == "redis":
        url, settings = request.getfixturevalue("redis_url"), RedisSettings()
    else:
        url = request.getfixturevalue("emptied_cluster").url
        settings = RedisSettings(cluster=True)
    with (
        closing(RedisScoredSessions(url, settings)) as scored,
        closing(RedisSessionStore(url, settings)) as sessions,
        closing(RedisProfileStore(url, settings)) as profiles,
        closing(RedisNotifier(url, settings)) as notifier,
    ):
        yield ScoredPlace(scored, sessions, profiles, notifier)


def test_readers_find_both_and_are_told(place: ScoredPlace) -> None:
    heard: list[ProfileChanged] = []
    with closing(place.notifier.subscribe(heard.extend, lambda: None)):
        place.scored.write_many([SESSION], {KEY: StoredProfile(3, b"{}")})

        assert place.sessions.read_many([KEY]) == {KEY: SESSION}
        assert place.profiles.read_many([KEY]) == {KEY: StoredProfile(3, b"{}")}
        eventually(lambda: heard == [ProfileChanged(KEY, 3)])


def test_sessions_without_profiles_are_stored_too(place: ScoredPlace) -> None:
    place.scored.write_many([SESSION], {})

    assert place.sessions.read_many([KEY]) == {KEY: SESSION}
    assert place.profiles.read_many([KEY]) == {}


def test_older_ones_change_nothing(place: ScoredPlace) -> None:
    newer = a_session(revision=9, interaction_count=5)
    place.scored.write_many([newer], {KEY: StoredProfile(3, b"newer")})
    older = a_session(revision=8, interaction_count=4)
    place.scored.write_many([older], {KEY: StoredProfile(3, b"again")})

    assert place.sessions.read_many([KEY]) == {KEY: newer}
    assert place.profiles.read_many([KEY]) == {KEY: StoredProfile(3, b"newer")}


def test_hundreds_go_in_one_call(place: ScoredPlace) -> None:
    sessions = [a_session(session_id=SessionId(f"session-{number}")) for number in range(300)]
    profiles = {session.session_id: StoredProfile(1, b"{}") for session in sessions}
    heard: list[ProfileChanged] = []
    with closing(place.notifier.subscribe(heard.extend, lambda: None)):
        place.scored.write_many(sessions, profiles)

        assert len(place.sessions.read_many(list(profiles))) == 300
        assert place.profiles.read_many(list(profiles)) == profiles
        eventually(lambda: len(heard) == 300)


def test_no_session_is_stored_without_its_profile(redis_url: str) -> None:
    settings = RedisSettings()
    server: Any = redis.Redis.from_url(redis_url)
    with (
        closing(server),
        closing(RedisScoredSessions(redis_url, settings)) as scored,
        closing(RedisSessionStore(redis_url, settings)) as sessions,
    ):
        before = {name: server.config_get(name)[name] for name in ("maxmemory", "maxmemory-policy")}
        try:
            server.config_set("maxmemory-policy", "noeviction")
            server.config_set("maxmemory", 1)
            with pytest.raises(StoreFullError):
                scored.write_many([SESSION], {KEY: StoredProfile(1, b"{}")})
        finally:
            for name, value in before.items():
                server.config_set(name, value)
        assert sessions.read_many([KEY]) == {}

        scored.write_many([SESSION], {KEY: StoredProfile(1, b"{}")})
        lives = [server.ttl(key) for key in server.scan_iter()]
    assert len(lives) == 2
    assert all(TWO_DAYS - 60 < life <= TWO_DAYS for life in lives)
