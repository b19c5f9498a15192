"""The encrypted file: whatever is altered, cut, doubled or moved in it is noticed."""

import io
from collections.abc import Callable
from typing import Final

import pytest

from personalization.backups import sealed_stream
from personalization.backups.sealed_stream import (
    MAGIC,
    OpeningReader,
    SealingWriter,
    new_header,
    read_header,
)
from personalization.domain.errors import DamagedBackupError
from tests.builders.moments import NOON

SECRET: Final = b"s" * 32
CHUNK: Final = 64


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_stream, "CHUNK_BYTES", CHUNK)


def seal(plain: bytes) -> bytes:
    file = io.BytesIO()
    writer = SealingWriter(file, SECRET, new_header(NOON, "12345678"))
    for start in range(0, len(plain), 50):
        writer.write(plain[start : start + 50])
    writer.finish()
    return file.getvalue()


def open_all(body: bytes, secret: bytes = SECRET) -> bytes:
    return io.BufferedReader(OpeningReader(io.BytesIO(body), secret)).read()


def head_and_chunks(body: bytes) -> tuple[bytes, list[bytes]]:
    file = io.BytesIO(body)
    read_header(file)
    head, chunks = body[: file.tell()], []
    while size := file.read(4):
        chunks.append(size + file.read(int.from_bytes(size, "big")))
    return head, chunks


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK, 1_000])
def test_what_was_written_comes_back(size: int) -> None:
    plain = bytes(number % 251 for number in range(size))
    body = seal(plain)
    assert open_all(body) == plain
    assert not plain or plain[:16] not in body or size < 16
    assert seal(plain) != body


def test_the_header_is_read_without_a_key() -> None:
    header, _ = read_header(io.BytesIO(seal(b"x")))
    assert (header.made_at, header.key) == (NOON, "12345678")


def test_no_altered_byte_is_read() -> None:
    body = seal(b"p" * 100)
    for place in range(len(body)):
        altered = bytearray(body)
        altered[place] ^= 1
        with pytest.raises(DamagedBackupError):
            open_all(bytes(altered))


def test_no_cut_file_is_read() -> None:
    body = seal(b"p" * 200)
    for end in range(len(body)):
        with pytest.raises(DamagedBackupError):
            open_all(body[:end])
    with pytest.raises(DamagedBackupError, match="behind"):
        open_all(body + b"x")


@pytest.mark.parametrize(
    "change",
    [
        lambda chunks: [chunks[1], chunks[0], *chunks[2:]],
        lambda chunks: [chunks[0], *chunks],
        lambda chunks: [chunks[0], *chunks[2:]],
        lambda chunks: chunks[:-1],
        lambda chunks: [chunks[-1]],
        lambda chunks: chunks[:0],
    ],
)
def test_chunks_stay_in_their_order_and_number(
    change: Callable[[list[bytes]], list[bytes]],
) -> None:
    head, chunks = head_and_chunks(seal(b"p" * 300))
    assert len(chunks) > 3
    with pytest.raises(DamagedBackupError):
        open_all(head + b"".join(change(chunks)))


def test_chunks_of_another_backup_do_not_open() -> None:
    (head, _), (_, chunks) = head_and_chunks(seal(b"a" * 80)), head_and_chunks(seal(b"a" * 80))
    with pytest.raises(DamagedBackupError):
        open_all(head + b"".join(chunks))


def test_another_key_and_another_file_are_told_of() -> None:
    with pytest.raises(DamagedBackupError, match="key is not the backup's"):
        open_all(seal(b"x"), b"t" * 32)
    for body in (b"", b"PK\x03\x04", MAGIC, MAGIC + b"\xff" * 8, MAGIC + b"\x00\x00\x00\x02{}"):
        with pytest.raises(DamagedBackupError):
            open_all(body)
