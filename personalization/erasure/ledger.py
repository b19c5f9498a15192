"""Who was erased, by digests, in a file that no backup has: a restored one forgets them again.

The first line has the salt of the file. A session's id is 122 random bits, which nobody finds by
trying, and without an id a digest says nothing.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.folder_turn import folder_turn, sync_path

LEDGER_FILE: Final = "erased_sessions.jsonl"
_DIGITS: Final = 32


class _LedgerHead(msgspec.Struct, frozen=True):
    salt: str


class _LedgerLine(msgspec.Struct, frozen=True):
    digest: str
    erased_at: datetime


@dataclass(frozen=True, slots=True)
class ErasureLedger:
    path: Path

    def add(self, sessions: Sequence[SessionId], erased_at: datetime) -> None:
        """Note the sessions, durably; raises `StoreUnavailableError` where that cannot be done."""
        if not sessions:
            return
        try:
            salt = self._salt() or self._begin()
            lines = [
                msgspec.json.encode(_LedgerLine(_digest(salt, name), erased_at)) + b"\n"
                for name in sessions
            ]
            with folder_turn(self.path.parent), self.path.open("ab") as file:
                # After what a write that was cut off left: it has no end.
                file.write(b"".join([b"" if _is_whole(self.path) else b"\n", *lines]))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreUnavailableError(f"{self.path.name}: {error}") from error

    def erased_since(self, moment: datetime, sessions: Iterable[SessionId]) -> list[SessionId]:
        """Return those of the sessions that were erased after a moment."""
        salt = self._salt()
        if not salt:
            return []
        known = self._moments()
        wanted = ((name, known.get(_digest(salt, name))) for name in dict.fromkeys(sessions))
        return [name for name, erased_at in wanted if erased_at is not None and erased_at > moment]

    def prune(self, before: datetime) -> int:
        """Forget who was erased before a moment; return how many notes were removed.

        The file is written anew, and appears whole. Raises `StoreUnavailableError`.
        """
        if not self._salt() or not any(line.erased_at < before for line in self._lines()):
            return 0
        with folder_turn(self.path.parent):
            unfinished, removed = self._path_aside(), 0
            with self.path.open("rb") as file, unfinished.open("wb") as kept:
                unfinished.chmod(0o600)
                kept.write(file.readline())
                for line in self._lines():
                    if line.erased_at < before:
                        removed += 1
                    else:
                        kept.write(msgspec.json.encode(line) + b"\n")
            sync_path(unfinished)
            unfinished.replace(self.path)
        sync_path(self.path.parent)
        return removed

    def _moments(self) -> Mapping[str, datetime]:
        return {line.digest: line.erased_at for line in self._lines()}

    def _lines(self) -> Iterator[_LedgerLine]:
        with self.path.open("rb") as file:
            next(file)
            for text in file:
                try:
                    yield msgspec.json.decode(text, type=_LedgerLine)
                except msgspec.DecodeError:
                    continue  # Of a write that was cut off: it is written again.

    def _salt(self) -> str:
        try:
            with self.path.open("rb") as file:
                return msgspec.json.decode(file.readline(), type=_LedgerHead).salt
        except FileNotFoundError:
            return ""
        except msgspec.DecodeError as error:
            raise StoreUnavailableError(
                f"{self.path} is no ledger of erasures: bring back a copy of it, or move it away."
            ) from error

    def _path_aside(self) -> Path:
        return self.path.with_name(f".{self.path.name}.unfinished")

    def _begin(self) -> str:
        salt = secrets.token_hex(16)
        unfinished = self._path_aside()
        unfinished.write_bytes(msgspec.json.encode(_LedgerHead(salt)) + b"\n")
        unfinished.chmod(0o600)
        try:
            # Of two that begin one at once, the first holds.
            os.link(unfinished, self.path)
        except FileExistsError:
            return self._salt()
        finally:
            unfinished.unlink(missing_ok=True)
        return salt


def _is_whole(path: Path) -> bool:
    """Say whether the last line has its end."""
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _digest(salt: str, session_id: SessionId) -> str:
    return hashlib.sha256((salt + session_id).encode()).hexdigest()[:_DIGITS]
