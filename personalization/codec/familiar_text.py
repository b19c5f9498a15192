"""Compression of short texts that are much alike, by what is familiar of them.

A text of a few kilobytes says little twice, but most of it was said in others: names of fields,
usual values, the words of reasons. A dictionary has these, and a text refers to it. It is part of
what is stored: a file that was used once must stay as it is, and a better one gets a new number.
"""

import zlib
from importlib import resources

_FAMILIAR = (resources.files(__package__) / "familiar_text_1.txt").read_bytes()
_LEVEL = 1
"""Higher levels take longer than the bytes are worth."""
_LARGEST_BYTES = 1 << 26
"""Of a text, a thousand times what it takes: a few bytes can ask for gigabytes."""
_MEMORY = 5
"""Tables of some kilobytes are enough for such texts, and stay in the processor's cache."""
_PACKER = zlib.compressobj(_LEVEL, memLevel=_MEMORY, zdict=_FAMILIAR)
"""Has read the dictionary: a copy takes less time than reading it."""


def compress(text: bytes) -> bytes:
    """Return a stream of zlib, which has a checksum and that of the dictionary."""
    packer = _PACKER.copy()
    return packer.compress(text) + packer.flush()


def decompress(body: bytes) -> bytes:
    """Return the text of `compress` or of plain zlib; raises `ValueError` for anything else."""
    unpacker = zlib.decompressobj(zdict=_FAMILIAR)
    try:
        text = unpacker.decompress(body, _LARGEST_BYTES + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacker.eof:
        raise ValueError("The compressed text is cut short or too large.")
    return text
