"""A file system of a few MiB that a test may really fill, in a mount namespace of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_BALLAST_BYTES = 3_000_000
_MOUNT = (
    'mount -t tmpfs -o size=8m none "$1" '
    f'&& head -c {_BALLAST_BYTES} /dev/zero > "$1/ballast" && exec "$2" -c "$3" "$1"'
)


def require_own_mounts(folder: Path) -> list[str]:
    """Return the command that runs a shell line with mounts of its own.

    Skips where the machine does not let a user mount anything; in CI (`CI` is set) it fails.
    """
    unshare = shutil.which("unshare")
    own_mounts = [unshare or "unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mountable = unshare is not None and (
        subprocess.run(
            [*own_mounts, 'mount -t tmpfs none "$1"', "sh", str(folder)],
            check=False,
            capture_output=True,
        ).returncode
        == 0
    )
    if not mountable:
        reason = "this machine lets nobody mount a file system of their own"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return own_mounts


def run_on_small_disk(folder: Path, program: str) -> str:
    """Run a Python program on 8 MiB mounted at the folder and return what it prints.

    Its first argument is the folder, which holds a file `ballast` of 3 MB to free again.
    """
    own_mounts = require_own_mounts(folder)
    done = subprocess.run(
        [*own_mounts, _MOUNT, "sh", str(folder), sys.executable, program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
