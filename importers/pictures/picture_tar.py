"""Pictures in a tar file, which may come from anywhere: nothing is unpacked by its own path."""

import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from importers.pictures.found_picture import (
    ELSEWHERE,
    LINK,
    MOST_FILES,
    NOT_A_FILE,
    TOO_LARGE,
    FoundPicture,
)
from personalization.catalogue.pictures import MOST_PICTURE_BYTES
from personalization.domain.errors import ImportRejectedError

_MOST_HEAD_BYTES: Final = 64 * 1024
"""Of one member. Heads may be followed by heads, and each of them is a call within a call."""
_BLOCK: Final = 512
_DAMAGED: Final = (tarfile.TarError, ValueError, ArithmeticError, LookupError, EOFError)
"""What `tarfile` raises for heads that make no sense."""
Refuse = Callable[[str], ImportRejectedError]


class _HeadReader:
    """A file of which only so much is read for each head."""

    def __init__(self, file: BinaryIO, refuse: Refuse) -> None:
        self._file, self._refuse = file, refuse
        self._size = os.fstat(file.fileno()).st_size
        self.name = file.name
        self.left = _MOST_HEAD_BYTES

    def read(self, size: int) -> bytes:
        if not 0 <= size <= self.left:
            raise self._refuse("a member's head is longer than any head is")
        self.left -= size
        return self._file.read(size)

    def seek(self, place: int) -> int:
        if not 0 <= place <= self._size:
            raise self._refuse("a member ends where the file has no bytes")
        return self._file.seek(place)

    def tell(self) -> int:
        return self._file.tell()


@contextmanager
def pictures_in_tar(path: Path) -> Iterator[Iterator[FoundPicture]]:
    """Open a tar file and give its files in their order, which are read as long as it is open.

    Raises `ImportRejectedError` where it is none, or is damaged.
    """

    def refuse(why: str) -> ImportRejectedError:
        return ImportRejectedError(f"{path} cannot be read as a tar file: {why}.")

    try:
        with path.open("rb") as file:
            heads = _HeadReader(file, refuse)
            with _translate_damage(refuse):
                tar = tarfile.TarFile(fileobj=heads)  # type: ignore[arg-type]
            yield _members(tar, heads, file, refuse)
    except PermissionError as error:
        raise ImportRejectedError(f"{path} may not be read: permission denied.") from error


def _members(
    tar: tarfile.TarFile, heads: _HeadReader, file: BinaryIO, refuse: Refuse
) -> Iterator[FoundPicture]:
    count, end = 0, -1
    while True:
        heads.left = _MOST_HEAD_BYTES
        with _translate_damage(refuse):
            member = tar.next()
        if member is None:
            break
        # Otherwise it grows with the file.
        tar.members.clear()  # type: ignore[attr-defined]
        if tar.offset <= end:
            raise refuse("its members lie on each other")
        count, end = count + 1, tar.offset
        if count > MOST_FILES:
            raise refuse(f"it has more than {MOST_FILES:,} members")
        if not member.isdir():
            name = PurePosixPath(member.name).name
            read = partial(_read, file, member.offset_data, member.size, refuse)
            yield FoundPicture(name, read, _fault(member))
    file.seek(tar.offset)
    # It ends at what is no head, which only zeros are on purpose.
    if file.read(_BLOCK).strip(b"\0"):
        raise refuse(f"it is damaged after {count:,} members")


def _fault(member: tarfile.TarInfo) -> str | None:
    if member.issym() or member.islnk():
        return LINK
    if not member.isreg() or member.issparse():
        return NOT_A_FILE
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name:
        return ELSEWHERE
    return TOO_LARGE if member.size > MOST_PICTURE_BYTES else None


def _read(file: BinaryIO, place: int, size: int, refuse: Refuse) -> bytes:
    file.seek(place)
    found = file.read(min(size, MOST_PICTURE_BYTES + 1))
    if len(found) < min(size, MOST_PICTURE_BYTES + 1):
        raise refuse("it ends in the middle of a member")
    return found


@contextmanager
def _translate_damage(refuse: Refuse) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise refuse(str(error) or "it is damaged") from error
