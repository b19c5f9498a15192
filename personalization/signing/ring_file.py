"""The signing keys of an installation whose API processes share a home folder."""

import fcntl
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

from personalization.domain.access.shop import SHOP
from personalization.domain.clock import Throttle
from personalization.domain.errors import StoreUnavailableError
from personalization.signing.signing_ring import SigningKey, SigningRing

RING_FILE: Final = "signing_keys.json"
FORMER_FILE: Final = "session_tokens.key"
"""The one key of former releases: it becomes the first of the ring."""
LOOK_SECONDS: Final = 2.0
"""A running process follows a rotation within this time."""
KEY_BYTES: Final = 32
_LONGEST: Final = 64 * 1024
_LOG: Final = logging.getLogger(__name__)


class _WrittenKey(msgspec.Struct, frozen=True):
    secret: str
    """Hexadecimal."""
    signs_from: datetime


class _WrittenRing(msgspec.Struct, frozen=True):
    shop: str
    keys: list[_WrittenKey]
    """Newest first."""


_DECODER: Final = msgspec.json.Decoder(_WrittenRing)


def new_key(signs_from: datetime) -> SigningKey:
    return SigningKey(secrets.token_bytes(KEY_BYTES), signs_from)


class RingFile:
    """Reads the ring, makes it on the first call, and looks for a newer one every so often.

    Raises `StoreUnavailableError` where the file is damaged; a running process goes on with what
    it has read before.
    """

    def __init__(self, home: Path, made_at: datetime) -> None:
        self._file = home / RING_FILE
        self._former = home / FORMER_FILE
        if not self._file.exists():
            self._begin(made_at)
        self._stamp = self._stamp_now()
        self._ring = self.read()
        self._look = Throttle(LOOK_SECONDS, due_at_once=False)

    def current(self) -> SigningRing:
        if self._look.due():
            self.refresh()
        return self._ring

    def refresh(self) -> None:
        """Read the file again if it has changed."""
        try:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._ring, self._stamp = self.read(), stamp
        except (OSError, StoreUnavailableError):
            _LOG.exception("the signing keys cannot be read, those read before stay")

    def read(self) -> SigningRing:
        try:
            written = _DECODER.decode(self._file.read_bytes()[:_LONGEST])
            keys = [SigningKey(bytes.fromhex(key.secret), key.signs_from) for key in written.keys]
            if any(len(key.secret) < KEY_BYTES for key in keys):
                # Anybody could sign by a key that was cut.
                raise ValueError("a key is too short")  # noqa: TRY301
            return SigningRing(tuple(keys))
        except (OSError, ValueError) as error:
            why = f"{self._file} holds no whole signing keys ({error}): remove it, and all sessions"
            raise StoreUnavailableError(f"{why} begin anew.") from error

    def change(self, change: Callable[[SigningRing], SigningRing]) -> SigningRing:
        """Write the changed ring, one writer at a time, whole or not at all."""
        with self._turn():
            ring = change(self.read())
            self._write(ring, os.replace)
            former = self._former_key()
            if former is not None and ring.find(former.key_id) is None:
                self._former.unlink()
        self.refresh()
        return ring

    def _begin(self, made_at: datetime) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        key = self._former_key() or new_key(made_at)
        # Two processes may start at once: a link is made by one of them, and both read its file.
        with suppress(FileExistsError):
            self._write(SigningRing((key,)), os.link)

    def _former_key(self) -> SigningKey | None:
        if not self._former.exists():
            return None
        key = self._former.read_bytes()
        if len(key) < KEY_BYTES:
            why = f"{self._former} holds no whole key: remove it, and all sessions begin anew."
            raise StoreUnavailableError(why)
        return SigningKey(key)

    def _write(self, ring: SigningRing, put: Callable[[Path, Path], None]) -> None:
        keys = [_WrittenKey(key.secret.hex(), key.signs_from) for key in ring.keys]
        aside = self._file.with_suffix(f".{uuid4().hex}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(msgspec.json.encode(_WrittenRing(SHOP, keys)))
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
