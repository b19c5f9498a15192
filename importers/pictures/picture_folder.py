"""Pictures that lie in a folder."""

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from importers.pictures.found_picture import (
    LINK,
    MOST_FILES,
    NOT_A_FILE,
    TOO_LARGE,
    FoundPicture,
)
from personalization.catalogue.pictures import MOST_PICTURE_BYTES, open_picture
from personalization.domain.errors import ImportRejectedError


def pictures_in_folder(folder: Path) -> Iterator[FoundPicture]:
    """Yield the files of a folder by name; what lies in folders below is passed over."""
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append(entry.name)
                if len(names) > MOST_FILES:
                    raise ImportRejectedError(f"{folder} holds more than {MOST_FILES:,} files.")
    except PermissionError as error:
        raise ImportRejectedError(f"{folder} may not be read: permission denied.") from error
    for name in sorted(names):
        path = folder / name
        mode = path.lstat()
        if not stat.S_ISDIR(mode.st_mode):
            yield FoundPicture(name, partial(_read, path), _fault(mode))


def _fault(status: os.stat_result) -> str | None:
    if stat.S_ISLNK(status.st_mode):
        return LINK
    if not stat.S_ISREG(status.st_mode):
        return NOT_A_FILE
    return TOO_LARGE if status.st_size > MOST_PICTURE_BYTES else None


def _read(path: Path) -> bytes:
    try:
        with open_picture(path) as file:
            return file.read(MOST_PICTURE_BYTES + 1)
    except PermissionError as error:
        raise ImportRejectedError(f"{path} may not be read: permission denied.") from error
