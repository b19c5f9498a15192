"""A file of encrypted chunks: AES-256-GCM, numbered, with a mark on the last one.

`FRBACKUP`, two bytes of version, four of the header's length, the header as JSON, then chunks: four
bytes of length and as much cipher text. A chunk's nonce is its number and whether it is the last;
the header's hash, the number and the mark are authenticated with it. So a chunk that is altered,
missing, doubled or elsewhere is noticed, and so is an end that came too early. Each file has a key
of its own, derived with a random salt of 256 bits: no nonce comes twice.
"""

import hashlib
import io
import os
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from personalization.domain.errors import DamagedBackupError

MAGIC: Final = b"FRBACKUP\x00\x01"
CHUNK_BYTES: Final = 1 << 20
_MOST_HEADER: Final = 4_096
_TAG_BYTES: Final = 16
_SALT_BYTES: Final = 32
_INFO: Final = b"fitting room backup 1"


class BackupHeader(msgspec.Struct, frozen=True):
    """What can be read of a backup without its key."""

    made_at: datetime
    key: str
    """Id of the key of privacy, or `passphrase`."""
    salt: str
    """Hexadecimal."""


_HEADER: Final = msgspec.json.Decoder(BackupHeader)


def new_header(made_at: datetime, key: str) -> BackupHeader:
    return BackupHeader(made_at, key, os.urandom(_SALT_BYTES).hex())


def read_header(file: BinaryIO) -> tuple[BackupHeader, bytes]:
    """Return the header and its bytes; raises `DamagedBackupError` for a file of another kind."""
    if file.read(len(MAGIC)) != MAGIC:
        raise DamagedBackupError("This is no backup, or one of a later version.")
    size = int.from_bytes(file.read(4), "big")
    body = file.read(size) if size <= _MOST_HEADER else b""
    try:
        return _HEADER.decode(body), body
    except msgspec.DecodeError as error:
        raise DamagedBackupError("The backup's header is damaged.") from error


class SealingWriter(io.RawIOBase):
    """Encrypts what is written to it; the file is whole only after `finish`."""

    def __init__(self, file: BinaryIO, secret: bytes, header: BackupHeader) -> None:
        body = msgspec.json.encode(header)
        file.write(MAGIC + len(body).to_bytes(4, "big") + body)
        self._file, self._hash = file, hashlib.sha256(body).digest()
        self._cipher = _cipher(secret, header)
        self._waiting, self._number = bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, body: object) -> int:
        some = memoryview(body).cast("B")  # type: ignore[arg-type]
        self._waiting += some
        # One stays behind: the last chunk has to be marked as such.
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(some)

    def finish(self) -> None:
        self._seal(bytes(self._waiting), is_last=True)
        self._waiting.clear()

    def _seal(self, plain: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last=is_last)
        sealed = self._cipher.encrypt(nonce, plain, self._hash + nonce)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


class OpeningReader(io.RawIOBase):
    """Decrypts chunk by chunk; raises `DamagedBackupError` at the first that is not as written."""

    def __init__(self, file: BinaryIO, secret: bytes) -> None:
        header, body = read_header(file)
        self._file, self._hash = file, hashlib.sha256(body).digest()
        self._cipher = _cipher(secret, header)
        self._chunks = self._open_chunks()
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        into = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(into), len(self._rest))
        into[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _open_chunks(self) -> Iterator[bytes]:
        number, is_last = 0, False
        while not is_last:
            size = int.from_bytes(self._file.read(4), "big")
            sealed = self._file.read(size) if size <= CHUNK_BYTES + _TAG_BYTES else b""
            if len(sealed) < max(size, _TAG_BYTES):
                raise DamagedBackupError(f"The backup ends too early, or is damaged (at {number}).")
            plain, is_last = self._open(sealed, number)
            number += 1
            yield plain
        if self._file.read(1):
            raise DamagedBackupError("There is something behind the backup's end.")

    def _open(self, sealed: bytes, number: int) -> tuple[bytes, bool]:
        for is_last in (False, True):
            nonce = _nonce(number, is_last=is_last)
            try:
                return self._cipher.decrypt(nonce, sealed, self._hash + nonce), is_last
            except InvalidTag:
                continue
        what = "The key is not the backup's, or its" if number == 0 else "The backup's"
        raise DamagedBackupError(f"{what} chunk {number} was altered or cut.")


def _cipher(secret: bytes, header: BackupHeader) -> AESGCM:
    try:
        salt = bytes.fromhex(header.salt)
    except ValueError as error:
        raise DamagedBackupError("The backup's header is damaged.") from error
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=_INFO).derive(secret))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
