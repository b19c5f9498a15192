"""Bytes of a text file as UTF-8 lines, whatever it is packed and encoded in."""

import codecs
import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO, Final, cast

from personalization.domain.errors import ImportRejectedError

GZIP: Final = b"\x1f\x8b"
FREE_BYTES: Final = 256 << 20
MOST_TIMES: Final = 200
"""Above `FREE_BYTES`, a file that unpacks to more times its size is a trap: tables reach 50."""
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)
_HEAD: Final = 64 << 10
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOSTLY: Final = 0.8
"""Share of every second byte that is zero where a text in Latin letters is UTF-16."""


class TextStream:
    """Opens a file as often as wanted; lines that its encoding cannot have are not UTF-8 either."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        self._path = path
        self._size = path.stat().st_size
        with path.open("rb") as file:
            self._zipped = file.read(len(GZIP)) == GZIP
            file.seek(0)
            head = self._head(self.unpack(file))
        self.is_told = encoding is not None or any(head.startswith(bom) for bom, _ in _BOMS)
        """Whether the encoding is known, and not only what most files have."""
        self.encoding = encoding or _encoding(head)
        self._old_line_ends = b"\r" in head and b"\n" not in head

    def open(self, file: BinaryIO) -> BinaryIO:
        """Return the text of the opened file as UTF-8 with line feeds."""
        raw = self.unpack(file)
        if self.encoding == "utf-8" and not self._old_line_ends:
            return raw
        return io.BufferedReader(_Transcoded(raw, self.encoding, old_line_ends=self._old_line_ends))

    def check(self, passed: int) -> None:
        """Refuse a small file that unpacks to more and more."""
        if self._zipped and passed > max(FREE_BYTES, MOST_TIMES * self._size):
            raise ImportRejectedError(
                f"{self._path.name} unpacks to more than {MOST_TIMES} times its size, as no table"
                " does. Unpack it and look; nothing was imported."
            )

    def unpack(self, file: BinaryIO) -> BinaryIO:
        """Return the bytes of the opened file as they are, but for gzip."""
        return cast("BinaryIO", gzip.GzipFile(fileobj=file)) if self._zipped else file

    def _head(self, raw: BinaryIO) -> bytes:
        try:
            return raw.read(_HEAD)
        except DAMAGED:
            return b""


def _encoding(head: bytes) -> str:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    start = head.partition(b"\n")[0][: len(head) & ~1]
    if len(start) > 1:
        high, low = start[1::2], start[::2]
        if high.count(0) > _MOSTLY * len(high) and not low.count(0):
            return "utf-16-le"
        if low.count(0) > _MOSTLY * len(low) and not high.count(0):
            return "utf-16-be"
    return "utf-8"


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    """Stand for bytes that the encoding does not have: a lone surrogate is no UTF-8 either."""
    if isinstance(error, UnicodeDecodeError):
        return "\udcff", error.end
    raise error


codecs.register_error("importers.mark", _mark_undecodable)


class _Transcoded(io.RawIOBase):
    def __init__(self, raw: BinaryIO, encoding: str, *, old_line_ends: bool) -> None:
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder(encoding)("importers.mark")
        self._old_line_ends = old_line_ends
        self._left = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left and not self._ended:
            read = self._raw.read(_HEAD)
            self._ended = not read
            text = self._decoder.decode(read, final=self._ended)
            if self._old_line_ends:
                text = text.replace("\r", "\n")
            self._left = text.encode(errors="surrogateescape")
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)
