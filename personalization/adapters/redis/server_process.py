import os
import signal
import subprocess
from pathlib import Path
from typing import BinaryIO

import redis

from personalization.adapters.redis.server_owner import wait_for

CONFIGURATION_FILE = "redis.conf"
_ALWAYS = (
    "daemonize no",
    "appendonly yes",
    # A second of profiles can be made again from the log; a sync per write cannot be afforded in
    # the path from event to profile.
    "appendfsync everysec",
    'save ""',
    # A session's and a profile's hash stay one piece of memory: a third of what a table takes.
    "hash-max-ziplist-value 8192",
)
_LAUNCH = """
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _ <&3; kill -TERM 0; } 2>/dev/null &
watch=$!
exec 3<&-
trap : TERM
wait "$server"
ended=$?
while kill -0 "$server"; do wait "$server"; ended=$?; done 2>/dev/null
kill "$watch" 2>/dev/null
exit $ended
"""
"""Ends the server when its standard input is closed: by us, or by the kernel where we were killed.

The kernel's own signal at a parent's death comes when the thread ends that launched the child.
The signal goes to all of the group: the program may be a script that runs the server.
"""


def write_configuration(folder: Path, *lines: str) -> Path:
    """Write the server's file, readable by us only, and return it."""
    file = folder / CONFIGURATION_FILE
    file.touch(mode=0o600)
    file.write_text("\n".join((f"dir {in_quotes(folder)}", *_ALWAYS, *lines)) + "\n")
    return file


def in_quotes(path: Path | str) -> str:
    """Return the path as the server's file has it, whatever characters its folders have."""
    escaped = str(path).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'"{escaped}"'


def memory_lines(mib: int) -> tuple[str, str]:
    """Return the lines that bound the memory.

    Every key has a time to live, and all that is dropped early can be read from the history
    again: so what was unused for longest goes. Refusing writes instead would let anybody who
    fills the memory stop personalization for as long as keys live.
    """
    return f"maxmemory {mib}mb", "maxmemory-policy volatile-lru"


def answers(url: str) -> bool:
    """Say whether a server is there and has loaded its file."""
    try:
        with _client(url) as client:
            return bool(client.ping())
    except redis.ResponseError:
        # Such as a disk without space: a server all the same.
        return True
    except (redis.RedisError, ValueError):
        # None, no address, or a stranger at its port: of another password, or without Redis.
        return False


def is_of(url: str, folder: Path) -> bool:
    """Say whether the server that answers was started with the folder's file.

    A copy of a home folder has the address of the original's server.
    """
    with _client(url) as client:
        return bool(client.info("server")["config_file"] == str(folder / CONFIGURATION_FILE))


def name_of(url: str) -> str:
    """Return the product and version of a server that answers, such as Redis 6.2.14."""
    with _client(url) as client:
        said = client.info("server")
    if "valkey_version" in said:
        return f"Valkey {said['valkey_version']}"
    return f"Redis {said['redis_version']}"


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1.0, retry=None, decode_responses=True)


class LaunchedServer:
    """A server that ends with this process, however that ends."""

    def __init__(self, program: Path, configuration: Path, output: BinaryIO) -> None:
        our_end, self._lifeline = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own text, no shell of others
                ["/bin/sh", "-c", _LAUNCH, "redis", program, configuration],
                stdin=our_end,
                stdout=output,
                stderr=output,
                # An interrupt at the terminal is for the program, which stops the server last.
                start_new_session=True,
            )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(our_end)

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self, seconds: float) -> None:
        """Let it save what it holds and end; insist if it does not."""
        if self.has_ended():
            self._signal_group(signal.SIGTERM)
        os.close(self._lifeline)
        if not wait_for(lambda: self.has_ended() and not self._signal_group(0), seconds):
            self._signal_group(signal.SIGKILL)
            self._process.wait()

    def _signal_group(self, number: int) -> bool:
        """Signal the shell and all that it started; say whether any of it was there."""
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return False
        return True
