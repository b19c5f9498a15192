"""Compression of records by what is familiar of them, as `familiar_text` does for texts.

The dictionary has what most records say: usual settings, words of reasons, names of fields. It is
part of what is stored: a file that was used once must stay as it is.
"""

import zlib
from importlib import resources

_FAMILIAR = (resources.files(__package__) / "familiar_record_1.bin").read_bytes()
_LEVEL = 6
_WINDOW = -13
"""8 KB, which dictionary and record fit into. Below 0, there is neither head nor checksum."""
_LARGEST_BYTES = 1 << 22
"""Of a text, hundreds of times what a record takes: a few bytes can ask for gigabytes."""
_MEMORY = 5
"""Tables of some kilobytes are enough, and stay in the processor's cache."""
_PACKER = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zdict=_FAMILIAR)
"""Has read the dictionary: a copy takes less time than reading it."""


def compress(body: bytes) -> bytes:
    """Raise `ValueError` for more than 4 MB."""
    if len(body) > _LARGEST_BYTES:
        raise ValueError("The text is too large.")
    packer = _PACKER.copy()
    return packer.compress(body) + packer.flush()


def decompress(body: bytes) -> tuple[bytes, bytes]:
    """Return what `compress` was given, and what comes after it.

    Raises `ValueError` for anything else, and where the end is missing or too far.
    """
    unpacker = zlib.decompressobj(_WINDOW, zdict=_FAMILIAR)
    try:
        text = unpacker.decompress(body, _LARGEST_BYTES + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacker.eof:
        raise ValueError("The compressed record is cut short or too large.")
    return text, unpacker.unused_data
