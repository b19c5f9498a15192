"""A few garments without pictures, as a file, and tar files of what may lie beside it."""

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

HEADER = (
    "id,gender,masterCategory,subCategory,articleType,baseColour,season,usage,productDisplayName"
)


def garments_file(path: Path, *ids: str) -> Path:
    rows = [f"{each},Women,Apparel,Topwear,Tops,Blue,Summer,Casual,Top {each}" for each in ids]
    path.write_text("\n".join([HEADER, *rows, ""]))
    return path


def member(
    name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    head = tarfile.TarInfo(name)
    head.type, head.linkname, head.size = kind, link, len(content)
    return head, content


def tar_file(path: Path, members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w") as tar:
        for head, content in members:
            tar.addfile(head, io.BytesIO(content))
    return path
