import shutil
import time
from pathlib import Path

from personalization.domain.errors import StoreFullError

CHECK_SECONDS = 0.2
"""Asking the file system for every write would cost a system call in the hot path."""
MIB = 1024 * 1024


class DiskGuard:
    """Refuses writes while the disk is nearly full, before they can fail halfway."""

    def __init__(self, folder: Path, minimum_free_mib: int) -> None:
        self._folder = folder
        self._minimum_free_mib = minimum_free_mib
        self._checked_at = float("-inf")
        self._free_mib = 0

    def check(self) -> None:
        now = time.monotonic()
        if now - self._checked_at >= CHECK_SECONDS:
            self._free_mib = shutil.disk_usage(self._folder).free // MIB
            self._checked_at = now
        if self._free_mib < self._minimum_free_mib:
            raise StoreFullError(
                f"Only {self._free_mib} MiB of disk space left, {self._minimum_free_mib} are "
                "wanted: nothing was written. Free some space; writing resumes by itself."
            )
