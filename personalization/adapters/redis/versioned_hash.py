"""Hashes of a version and a body that an older version never overwrites."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

import redis
from redis.client import Pipeline

from personalization.adapters.redis.connection import in_batches

_WRITE_IF_NEWER = (resources.files(__package__) / "write_if_newer.lua").read_text()

VersionedBody = tuple[str, int, bytes]
"""Key, version, body."""


def write_if_newer(client: redis.Redis, entries: Iterable[VersionedBody], seconds: int) -> None:
    """Store the bodies, except those whose stored version is the same or newer."""

    # The script's text goes along: a server that was restarted has forgotten its hash.
    def write(pipeline: Pipeline, entry: VersionedBody) -> None:
        key, version, body = entry
        pipeline.eval(_WRITE_IF_NEWER, 1, key, version, body, seconds)

    in_batches(client, entries, write)


def read_versioned(client: redis.Redis, keys: Sequence[str]) -> Mapping[str, tuple[int, bytes]]:
    """Return version and body of the keys that exist."""

    def read(pipeline: Pipeline, key: str) -> None:
        pipeline.hmget(key, ["version", "body"])

    replies = in_batches(client, keys, read)
    return {
        key: (int(version), body)
        for key, (version, body) in zip(keys, replies, strict=True)
        if version is not None
    }
