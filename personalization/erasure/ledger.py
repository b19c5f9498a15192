"""Who was erased, by digests, in a file that no backup has: a restored one forgets them again.

The first line has the salt of the file. A session's id is 122 random bits, and a person is noted by
a keyed hash of 128: nobody finds either by trying, and without one a digest says nothing. A line
does not even say which of the two it is. Former releases noted sessions alone.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId, UserId
from personalization.folder_turn import folder_turn, sync_path

LEDGER_FILE: Final = "erased_sessions.jsonl"
_DIGITS: Final = 32
_PERSON: Final = "person "
"""Before the hash of a person: no session is taken for one."""
HashesOf = Callable[[UserId], Sequence[UserId]]
"""As `Pseudonyms.hashes_of`."""


class _LedgerHead(msgspec.Struct, frozen=True):
    salt: str


class _LedgerLine(msgspec.Struct, frozen=True):
    digest: str
    erased_at: datetime


@dataclass(frozen=True, slots=True)
class ErasureLedger:
    path: Path

    def add(
        self, sessions: Sequence[SessionId], erased_at: datetime, people: Sequence[UserId] = ()
    ) -> None:
        """Note sessions, and people by their hashes (`Pseudonyms.hashes_of`), durably.

        Raises `StoreUnavailableError` where that cannot be done.
        """
        names = [*sessions, *(_PERSON + person for person in people)]
        if not names:
            return
        try:
            salt = self._salt() or self._begin()
            lines = [
                msgspec.json.encode(_LedgerLine(_digest(salt, name), erased_at)) + b"\n"
                for name in names
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
        is_noted = self._noted_since(moment)
        return [name for name in dict.fromkeys(sessions) if is_noted(name)]

    def people_erased_since(
        self, moment: datetime, people: Iterable[UserId], hashes_of: HashesOf
    ) -> list[UserId]:
        """Return those of the people that were erased after a moment."""
        is_noted = self._noted_since(moment)
        return [
            person
            for person in dict.fromkeys(people)
            if any(is_noted(_PERSON + name) for name in hashes_of(person))
        ]

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

    def _noted_since(self, moment: datetime) -> Callable[[str], bool]:
        salt = self._salt()
        known = (
            frozenset(line.digest for line in self._lines() if line.erased_at > moment)
            if salt
            else frozenset()
        )
        return lambda name: _digest(salt, name) in known

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


def _digest(salt: str, name: str) -> str:
    return hashlib.sha256((salt + name).encode()).hexdigest()[:_DIGITS]
