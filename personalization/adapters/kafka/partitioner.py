"""Where the producers of this project, and Java's, put a key: MurmurHash2 of its bytes.

The formula is of Austin Appleby's MurmurHash2 (32 bits), with the seed that Apache Kafka uses.
"""

from typing import Final

_SEED: Final = 0x9747B28C
_FACTOR: Final = 0x5BD1E995
_MASK: Final = 0xFFFFFFFF
_POSITIVE: Final = 0x7FFFFFFF
_WORD: Final = 4


def partition_of(key: str, partitions: int) -> int:
    """Return the partition of a key that is not empty."""
    return (_murmur2(key.encode()) & _POSITIVE) % partitions


def _murmur2(data: bytes) -> int:
    size = len(data)
    found = _SEED ^ size
    whole = size - size % _WORD
    for start in range(0, whole, _WORD):
        word = int.from_bytes(data[start : start + _WORD], "little") * _FACTOR & _MASK
        word = (word ^ word >> 24) * _FACTOR & _MASK
        found = (found * _FACTOR & _MASK) ^ word
    if whole < size:
        found = (found ^ int.from_bytes(data[whole:], "little")) * _FACTOR & _MASK
    found = (found ^ found >> 13) * _FACTOR & _MASK
    return found ^ found >> 15
