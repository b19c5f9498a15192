"""Buckets that cut large things into partitions of bounded size, the same in every process."""

from zlib import crc32

BUCKETS = 16
"""A million events of a day are 60,000 rows a partition, some tens of megabytes."""
SHOP = 0
"""Key of the few tables that are one small partition."""


def bucket_of(identifier: str) -> int:
    """Return the bucket of a session or product: CRC-32 modulo the number of buckets."""
    return crc32(identifier.encode()) % BUCKETS
