"""Writers of snapshots, one of whom is stuck."""

import fcntl
from pathlib import Path

import pytest

from personalization.adapters.vowpal import snapshots
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.domain.errors import StoreUnavailableError


def test_a_stuck_writer_is_told_of_and_the_next_save_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "WRITER_SECONDS", 0.05)
    folder = SnapshotFolder(tmp_path)
    with (tmp_path / ".writing").open("w") as stuck:
        fcntl.flock(stuck, fcntl.LOCK_EX)
        with pytest.raises(StoreUnavailableError, match="stuck"):
            folder.save({"a": b"1"}, None)
    assert folder.save({"a": b"1"}, None) == folder.current()
