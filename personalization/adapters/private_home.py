"""The home folder is for its owner only: it holds what shoppers did, and the key of sessions."""

import errno
import logging
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from personalization.domain.errors import StoreUnavailableError

_LOG = logging.getLogger(__name__)
OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""The rights of everybody but the owner."""


def open_private(home: Path) -> None:
    """Make the folder, take others' rights off what it has, and give them none from now on.

    The umask is the process's, and that of the processes it starts: the drivers of stores,
    Redis and Spark make files of their own. Raises `StoreUnavailableError` if it is not ours.
    """
    os.umask(OTHERS)
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise StoreUnavailableError(
            f"The home folder {home} cannot be read and written by this user: {error.strerror}. "
            "Make it the user's own, or name another with --home or FITTING_ROOM_HOME."
        ) from error
    shared = [path for path in _paths(home) if not _protect(path)]
    if shared:
        _LOG.warning(
            "others keep their rights on files of the home folder, which are not ours",
            extra={"fields": {"files": len(shared), "first": str(shared[0])}},
        )


def _paths(home: Path) -> Iterator[Path]:
    if home.resolve() in {Path.home().resolve(), Path("/")}:
        return  # There is much in it that is none of ours.
    yield home
    for folder, folders, files in os.walk(home):
        yield from (Path(folder) / name for name in (*folders, *files))


def _protect(path: Path) -> bool:
    """Take others' rights off; return False where that is not allowed. Links are left alone."""
    with suppress(FileNotFoundError):  # Another process may take it away at this moment.
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & OTHERS:
            try:
                path.chmod(stat.S_IMODE(mode) & ~OTHERS)
            except PermissionError:
                return False
    return True
