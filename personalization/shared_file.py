"""A small private file that processes share: changed by one at a time, read again by all."""

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar
from uuid import uuid4

from personalization.domain.clock import Throttle
from personalization.domain.errors import StoreUnavailableError

LOOK_SECONDS: Final = 2.0
"""A running process follows a change within this time."""
_LONGEST: Final = 64 * 1024
_LOG: Final = logging.getLogger(__name__)

_Content = TypeVar("_Content")


@dataclass(frozen=True, slots=True)
class FileFormat(Generic[_Content]):
    decode: Callable[[bytes], _Content]
    """Raises `ValueError`."""
    encode: Callable[[_Content], bytes]
    advice: str
    """What to do about a file that is damaged."""


class SharedFile(Generic[_Content]):
    """Reads the file, makes it on the first call, and looks for a newer one every so often.

    Raises `StoreUnavailableError` where the file is damaged; a running process goes on with what
    it has read before.
    """

    def __init__(
        self, file: Path, file_format: FileFormat[_Content], begin: Callable[[], _Content]
    ) -> None:
        self._file = file
        self._format = file_format
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            # Two processes may start at once: a link is made by one, and both read its file.
            with suppress(FileExistsError):
                self._write(begin(), os.link)
        self._stamp = self._stamp_now()
        self._content = self.read()
        self._look = Throttle(LOOK_SECONDS, due_at_once=False)

    def current(self) -> _Content:
        if self._look.due():
            self.refresh()
        return self._content

    def refresh(self) -> None:
        """Read the file again if it has changed."""
        try:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._content, self._stamp = self.read(), stamp
        except (OSError, StoreUnavailableError):
            _LOG.exception("%s cannot be read, what was read before stays", self._file.name)

    def read(self) -> _Content:
        try:
            return self._format.decode(self._file.read_bytes()[:_LONGEST])
        except (OSError, ValueError) as error:
            raise StoreUnavailableError(
                f"{self._file} is damaged ({error}): {self._format.advice}"
            ) from error

    def change(self, change: Callable[[_Content], _Content]) -> _Content:
        """Write the changed content, one writer at a time, whole or not at all."""
        with self._turn():
            content = change(self.read())
            self._write(content, os.replace)
        self.refresh()
        return content

    def _write(self, content: _Content, put: Callable[[Path, Path], None]) -> None:
        aside = self._file.with_suffix(f".{uuid4().hex}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(self._format.encode(content))
                opened.flush()
                os.fsync(opened.fileno())
            put(aside, self._file)
        finally:
            aside.unlink(missing_ok=True)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        descriptor = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _stamp_now(self) -> tuple[int, int, int]:
        found = self._file.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size
