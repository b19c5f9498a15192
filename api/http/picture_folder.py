"""Pictures of products, read from the folder into which imports put them."""

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from personalization.catalogue.pictures import (
    FIRST_BYTES,
    MOST_PICTURE_BYTES,
    is_picture_name,
    media_type_of,
    open_picture,
)
from personalization.domain.errors import StoreUnavailableError

_NO_PICTURE: Final = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.ENXIO, errno.EISDIR}
)


@dataclass(frozen=True, slots=True)
class ServedPicture:
    body: bytes | None
    """None where it was not wanted."""
    size: int
    """Bytes of the body."""
    media_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class PictureFolder:
    path: Path

    def read(self, name: str, is_wanted: Callable[[str], bool]) -> ServedPicture | None:
        """Return a picture, None where there is none of this name.

        `is_wanted` is told its entity tag and says whether the body is to be read. Raises
        `StoreUnavailableError` where the folder cannot be read.
        """
        if not is_picture_name(name):
            return None
        try:
            with open_picture(self.path / name) as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_PICTURE_BYTES:
                    return None
                media_type = media_type_of(file.read(FIRST_BYTES))
                if media_type is None:
                    return None
                etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
                if not is_wanted(etag):
                    return ServedPicture(None, status.st_size, media_type, etag)
                file.seek(0)
                body = file.read(MOST_PICTURE_BYTES)
                return ServedPicture(body, len(body), media_type, etag)
        except OSError as error:
            if error.errno in _NO_PICTURE:
                return None
            raise StoreUnavailableError("The folder of pictures cannot be read.") from error
