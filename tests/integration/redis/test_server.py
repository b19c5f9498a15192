"""The embedded server, and stores whose server goes away."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.adapters.redis.scored_sessions import RedisScoredSessions
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.adapters.redis.session_store import RedisSessionStore
from personalization.domain.errors import StoreFullError, StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.ports.profile_store import StoredProfile
from personalization.settings.redis import RedisSettings
from tests.builders.session import a_session
from tests.waiting import eventually

SESSION = SessionId("session-1")
PROFILE = StoredProfile(1, b"{}")
STATE = a_session()


def profiles_of(server: EmbeddedRedis) -> RedisProfileStore:
    return RedisProfileStore(server.url, RedisSettings())


def sessions_of(server: EmbeddedRedis) -> RedisSessionStore:
    return RedisSessionStore(server.url, RedisSettings())


def answers(url: str) -> bool:
    with closing(redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0))) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


def test_it_listens_on_a_socket_in_its_home_and_on_no_port(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        assert server.url == f"unix://{tmp_path}/redis/redis.sock"
        with closing(redis.Redis.from_url(server.url, decode_responses=True)) as client:
            assert client.config_get("port") == {"port": "0"}
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            assert client.config_get("dir") == {"dir": f"{tmp_path}/redis"}
        assert (tmp_path / "redis" / "redis.sock").stat().st_mode & 0o077 == 0


def test_where_the_path_is_too_long_it_listens_on_loopback_behind_a_password(
    tmp_path: Path,
) -> None:
    with EmbeddedRedis(tmp_path / ("long" * 30)) as server:
        with closing(profiles_of(server)) as profiles:
            profiles.write_many({SESSION: PROFILE})
            assert profiles.read_many([SESSION]) == {SESSION: PROFILE}
        address, port = server.url.rsplit("@", 1)[1].split("/")[0].split(":")
        assert address == "127.0.0.1"
        with (
            closing(redis.Redis(port=int(port), retry=Retry(NoBackoff(), 0))) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.get("fr:profile:session-1")


def test_what_it_holds_survives_a_stop_and_a_start(tmp_path: Path) -> None:
    for round_ in range(2):
        with EmbeddedRedis(tmp_path) as server, closing(sessions_of(server)) as sessions:
            assert len(sessions.read_many([STATE.session_id])) == round_
            sessions.write_many([STATE])


def test_profiles_are_left_to_the_history_also_those_of_a_rewritten_file(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        with closing(profiles_of(server)) as profiles, closing(sessions_of(server)) as sessions:
            profiles.write_many({SESSION: PROFILE})
            with closing(redis.Redis.from_url(server.url)) as client:
                client.bgrewriteaof()
                eventually(lambda: client.info()["aof_base_size"] > 0)
                eventually(lambda: not client.info()["aof_rewrite_in_progress"])
            profiles.write_many({SESSION: StoredProfile(2, b"newer")})
            sessions.write_many([STATE])
        server.stop()
        server.start()
        with closing(profiles_of(server)) as profiles, closing(sessions_of(server)) as sessions:
            assert profiles.read_many([SESSION]) == {}
            assert sessions.read_many([STATE.session_id]) == {STATE.session_id: STATE}


def test_what_a_scorer_writes_at_once_leaves_the_file_the_session_alone(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        with closing(RedisScoredSessions(server.url, RedisSettings())) as scored:
            scored.write_many([STATE], {SESSION: PROFILE})
        server.stop()
        server.start()
        with closing(profiles_of(server)) as profiles, closing(sessions_of(server)) as sessions:
            assert profiles.read_many([SESSION]) == {}
            assert sessions.read_many([STATE.session_id]) == {STATE.session_id: STATE}


def test_a_server_left_by_a_killed_process_is_used_and_left_running(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as left_behind:
        with EmbeddedRedis(tmp_path) as later:
            assert later.url == left_behind.url
        assert answers(left_behind.url)
        url = left_behind.url
    assert not answers(url)


def test_a_killed_server_is_replaced_and_has_kept_what_it_held(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as killed:
        with closing(sessions_of(killed)) as sessions:
            sessions.write_many([STATE])
        os.kill(int((tmp_path / "redis" / "redis.pid").read_text()), signal.SIGKILL)
        eventually(lambda: not answers(killed.url))
        with EmbeddedRedis(tmp_path) as next_one, closing(sessions_of(next_one)) as sessions:
            assert sessions.read_many([STATE.session_id]) == {STATE.session_id: STATE}


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server, closing(profiles_of(server)) as profiles:
        profiles.write_many({SESSION: PROFILE})
    [kept, *_] = (tmp_path / "redis").glob("appendonly*")
    kept.write_bytes(b"nonsense" * 100)
    with pytest.raises(StoreUnavailableError, match="Bad file format"):
        EmbeddedRedis(tmp_path).start()


def test_a_server_that_is_not_started_has_no_url(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="not been started"):
        _ = EmbeddedRedis(tmp_path).url


def test_a_store_is_unavailable_without_its_server_and_recovers_with_it(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    server.start()
    with (
        closing(profiles_of(server)) as profiles,
        closing(sessions_of(server)) as sessions,
    ):
        profiles.write_many({SESSION: PROFILE})
        server.stop()
        with pytest.raises(StoreUnavailableError):
            profiles.read_many([SESSION])
        with pytest.raises(StoreUnavailableError):
            sessions.read_claim(SESSION)
        with server:
            server.start()
            profiles.write_many({SESSION: PROFILE})
            assert profiles.read_many([SESSION]) == {SESSION: PROFILE}


def test_a_server_that_does_not_answer_in_time_is_unavailable(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        pid = int((tmp_path / "redis" / "redis.pid").read_text())
        with closing(profiles_of(server)) as profiles:
            os.kill(pid, signal.SIGSTOP)
            try:
                with pytest.raises(StoreUnavailableError):
                    profiles.read_many([SESSION])
            finally:
                os.kill(pid, signal.SIGCONT)
            eventually(lambda: answers(server.url))
            assert profiles.read_many([SESSION]) == {}


def test_a_server_without_memory_is_full(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server, closing(profiles_of(server)) as profiles:
        with closing(redis.Redis.from_url(server.url)) as client:
            client.config_set("maxmemory", 1)
        with pytest.raises(StoreFullError):
            profiles.write_many({SESSION: PROFILE})
