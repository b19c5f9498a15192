"""Pictures of products that are kept as files and served: their names, kinds and addresses."""

import os
import re
from pathlib import Path, PurePath
from typing import BinaryIO, Final

from personalization.domain.identifiers import ProductId

MOST_PICTURE_BYTES: Final = 2 * 1024 * 1024
"""A picture of a product for a page has 20 to 500 kB."""
SUFFIXES: Final = (".jpeg", ".jpg", ".png", ".webp")
FIRST_BYTES: Final = 12
"""So many tell the kind."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\.(?:jpeg|jpg|png|webp)", re.ASCII)
"""What stands in an address as it is, and leads nowhere else on any system."""

_FLAGS: Final = os.O_NOFOLLOW | os.O_NONBLOCK
"""Neither a link nor a pipe is a picture, and neither may lead elsewhere or keep one waiting."""


def open_picture(path: Path) -> BinaryIO:
    """Open a file that is no link; raises `OSError`."""
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | _FLAGS))


def is_picture_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def has_picture_suffix(name: str) -> bool:
    return PurePath(name).suffix.casefold() in SUFFIXES


def kept_name(name: str) -> str | None:
    """Return the name by which a file is kept, None where no address can carry it."""
    path = PurePath(name)
    kept = path.stem + path.suffix.casefold()
    return kept if is_picture_name(kept) else None


def product_of(name: str) -> ProductId:
    return ProductId(PurePath(name).stem)


_PLACE: Final = "/pictures/"


def address_of(name: str) -> str:
    return f"{_PLACE}{name}"


def is_own_picture(address: str | None) -> bool:
    """Say whether an address leads to a picture that an import has put beside the catalogue."""
    return address is not None and address.startswith(_PLACE)


def media_type_of(start: bytes) -> str | None:
    """Return the kind of picture that begins so, whatever its name says; None for anything else.

    Signatures: ISO/IEC 10918-1 (JPEG), ISO/IEC 15948 (PNG), RFC 9649 (WebP).
    """
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    return None
