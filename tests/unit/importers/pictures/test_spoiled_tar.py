"""Tar files with bytes changed, cut or made to hurt: refused or read, and never anything else."""

import random
import tarfile
from pathlib import Path

import pytest

from importers.pictures.picture_tar import pictures_in_tar
from personalization.domain.errors import ImportRejectedError
from tests.builders.shops.picture import JPEG, PNG
from tests.unit.importers.pictures.garments import member, tar_file

ROUNDS = 1_500
BLOCK = 512


def read_all(path: Path) -> list[bytes]:
    with pictures_in_tar(path) as pictures:
        return [picture.read() for picture in pictures if picture.fault is None]


def whole_file(path: Path) -> bytes:
    long_name = "x" * 120 + "/3.jpg"
    members = [member("1.jpg", JPEG), member("2.png", PNG), member(long_name, JPEG)]
    return tar_file(path, members).read_bytes()


def head(kind: bytes, size: int, name: str = "x") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def test_changed_bytes_are_refused_or_read(tmp_path: Path) -> None:
    path, draw = tmp_path / "p.tar", random.Random(5)
    whole = whole_file(path)
    refused = 0
    for _ in range(ROUNDS):
        spoiled = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            # Most of the heads' own bytes: what is behind them is read as it is.
            block = draw.randrange(len(whole) // BLOCK) * BLOCK
            spoiled[
                block + draw.choice((0, 124, 125, 135, 148, 156, 257, draw.randrange(BLOCK)))
            ] = draw.choice((0, 0x80, 0xFF, 0x2F, 0x2E, 0x31, 0x53, 0x78, draw.randrange(256)))
        if draw.random() < 0.5:
            _mend_sums(spoiled)
        path.write_bytes(
            bytes(spoiled[: draw.randint(1, len(whole))] if draw.random() < 0.3 else spoiled)
        )
        try:
            read_all(path)
        except ImportRejectedError:
            refused += 1
    assert 0 < refused < ROUNDS


def _mend_sums(spoiled: bytearray) -> None:
    """Make heads right again that were changed, so that their values are believed."""
    for start in range(0, len(spoiled), BLOCK):
        block = spoiled[start : start + BLOCK]
        if block[257:262] == b"ustar":
            total = sum(block) - sum(block[148:156]) + 8 * 32
            spoiled[start + 148 : start + 156] = b"%06o\0 " % total


@pytest.mark.parametrize(
    "content",
    [
        head(tarfile.XHDTYPE, 2**40),
        head(tarfile.XHDTYPE, 10 * 2**20) + bytes(10 * 2**20),
        head(tarfile.GNUTYPE_LONGNAME, -BLOCK),
        head(tarfile.REGTYPE, -2 * BLOCK, "1.jpg"),
        head(tarfile.REGTYPE, 2**62, "1.jpg") + JPEG.ljust(BLOCK, b"\0"),
        head(tarfile.REGTYPE, 100, "1.jpg") + JPEG,
        head(tarfile.REGTYPE, len(JPEG), "1.jpg") + JPEG.ljust(BLOCK, b"\0") + b"x" * BLOCK,
        head(tarfile.XHDTYPE, 0) * 5_000,
        head(tarfile.GNUTYPE_LONGNAME, 1) * 5_000,
    ],
    ids=[
        "a head without end", "a long head", "a name of less than nothing",
        "a member that ends before it begins", "a member larger than any file", "a member cut off",
        "something else behind a member", "heads of heads", "names of names",
    ],
)  # fmt: skip
def test_heads_that_are_made_to_hurt_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.tar"
    path.write_bytes(content)
    with pytest.raises(ImportRejectedError, match="cannot be read as a tar file"):
        read_all(path)


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "p.tar"
    whole_file(path)
    assert read_all(path) == [JPEG, PNG, JPEG]
