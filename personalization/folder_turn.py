"""Lets those who replace files of a folder go one after the other, in all processes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder_turn(folder: Path) -> Iterator[None]:
    """Hold the folder, which exists; a process that is killed lets go of it."""
    # The folder itself is locked: a file of its own would be one more that backups and scans see.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_path(path: Path) -> None:
    """Wait until the disk has the file, or what a folder says of its files."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
